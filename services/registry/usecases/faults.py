"""Faults of particulars as a problem that names field, rule and remedy (422)."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from libs.common.problems import INVALID, FieldError, Problem, define
from libs.common.references import BadReferenceError
from services.registry.domain.particulars import BadParticularsError

MASKED = define("masked-value", 422, "内容为脱敏后的值")
T = TypeVar("T")


def problem_of(faults: Mapping[str, BadReferenceError], prefix: str = "") -> Problem:
    """Return the problem of faulty fields; where one is a masked form that is what the problem says."""
    kind = MASKED if any(fault.code == MASKED.slug for fault in faults.values()) else INVALID
    errors = [
        FieldError(f"{prefix}{name}", fault.rule, fault.remedy, fault.code) for name, fault in faults.items()
    ]
    return kind("请按各项提示修改后重新提交", errors=errors)


def checked(read: Callable[[], T], prefix: str = "") -> T:
    """Return what reads particulars returns. Raises `invalid` and `masked-value` for what breaks rules."""
    try:
        return read()
    except BadParticularsError as error:
        raise problem_of(error.faults, prefix) from None


def checked_field(name: str, read: Callable[[str], T], text: str) -> T:
    """Return one field's text as it is read. Raises as `checked`."""
    try:
        return read(text)
    except BadReferenceError as error:
        raise problem_of({name: error}) from None
