"""What the set-up says when it cannot go on."""


class SetupError(Exception):
    """Something that the machine lacks; the text says what, and how to get it."""
