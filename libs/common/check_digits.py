"""Check digits and codes of identifiers, once for the registry's rules and for the detector of personal numbers.

Pure. Every function takes the normal form: narrow capitals without blanks and hyphens. GB 32100-2015 (credit code),
GB 11714 (organisation code), GB 11643-1999 (resident id).
"""

from datetime import date
from operator import mul
from typing import Final

CREDIT_CODE_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
MOBILE: Final = "1[3-9][0-9]{9}"
"""The pattern of a mobile number without its country code."""
# GB/T 2260: provinces, Taiwan, Hong Kong, Macao, and what foreigners with a permanent residence have.
PROVINCES: Final = frozenset(
    str(code)
    for first, last in (
        (11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91),
    )
    for code in range(first, last + 1)
)  # fmt: skip

_CREDIT_CODE_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS: Final = "10X98765432"


def credit_code_check(body: str) -> str:
    """Return the check character of a credit code's first 17 characters. ValueError for one outside the alphabet."""
    values = map(CREDIT_CODE_CHARACTERS.index, body)
    total = sum(weight * value for weight, value in zip(_CREDIT_CODE_WEIGHTS, values, strict=True))
    return CREDIT_CODE_CHARACTERS[-total % 31]


def organisation_check(body: str) -> str:
    """Return the check character of the first 8 characters of an organisation code, the credit code's 9th to 16th."""
    total = sum(
        weight * int(character, 36) for weight, character in zip(_ORGANISATION_WEIGHTS, body, strict=True)
    )
    return "0123456789X"[-total % 11]


def resident_check(body: str) -> str:
    """Return the check character of a resident id's first 17 digits."""
    total = sum(map(mul, _RESIDENT_WEIGHTS, map(int, body)))
    return _RESIDENT_CHECKS[total % 11]


def birth_date(resident_id: str) -> date | None:
    """Return the date of birth that a resident id of 18 characters has; None where there is no such day."""
    try:
        return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError:
        return None
