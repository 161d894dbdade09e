"""Limits of forms: number of parts, size of fields; files are written to disk while they arrive."""

from typing import Final, TypedDict

from python_multipart.multipart import parse_options_header
from starlette.formparsers import MultiPartParser


class FormLimits(TypedDict, total=False):
    """The limits of a form: files, other fields, and bytes per other field."""

    max_files: int
    max_fields: int
    max_part_size: int


FORM_LIMITS: Final[FormLimits] = {"max_files": 1, "max_fields": 8, "max_part_size": 65_536}
"""What the form of a request may have; a route that needs more says so by its own `form_limits`."""

MULTIPART = b"multipart/form-data"
URLENCODED = b"application/x-www-form-urlencoded"
SPOOL_BYTES = 65_536
_LONGEST_TYPE = 300

# Starlette's documented way to say how much of a file stays in memory.
MultiPartParser.spool_max_size = SPOOL_BYTES


def media_type(content_type: bytes) -> bytes:
    """Return the media type of a Content-Type, in lower case and without parameters."""
    return content_type.partition(b";")[0].strip().lower()


def has_plain_charset(content_type: bytes) -> bool:
    """Tell whether a form's charset is UTF-8 or unset.

    Some of Python's codecs take quadratic time (punycode, idna) or decode to surrogates (utf-7).
    """
    if len(content_type) > _LONGEST_TYPE:
        return False
    charset = parse_options_header(content_type)[1].get(b"charset", b"utf-8")
    return charset.lower() in (b"utf-8", b"utf8")
