"""Errors of the set-up."""


class SetupError(Exception):
    """A requirement that the machine lacks; the text says which, and how to get it."""
