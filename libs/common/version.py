"""The version of the whole distribution; the package's metadata is made from it."""

__version__ = "0.1.0"
