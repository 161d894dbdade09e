"""Readers of policy bodies, and their errors as faults by field in Chinese."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from libs.common.problems import FieldError, field_errors, is_chinese

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
_PLACE = re.compile(r"(?P<said>.*?)(?: - at `\$?\.?(?P<path>[^`]*)`)?", re.DOTALL)
_FIELD = re.compile(r"field `([^`]+)`")

# Not 29 February, which is not a day of every year.
MonthDay = Annotated[
    str,
    Field(
        pattern="^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))$"
    ),
]


class PolicyBody(BaseModel):
    """The base of the models of bodies: unknown fields are refused, values are not coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Read a body as it is stored. Raises pydantic's ValidationError with every fault."""
        # In JSON mode, where a strict model still reads times, dates and codes from texts.
        return cls.model_validate_json(msgspec.json.encode(body), strict=True)


@dataclass(eq=False)
class FaultsError(ValueError):
    """Rows of a body are invalid; `faults` says which and why."""

    faults: Sequence[FieldError]


def faults_of(error: Exception) -> list[FieldError]:
    """Convert an error of a body's reader to faults by field, without repeating the input.

    Readers may raise pydantic's and msgspec's errors, or ValueError with a Chinese text and, second, a remedy.
    """
    if isinstance(error, FaultsError):
        return list(error.faults)
    if isinstance(error, ValidationError):
        return field_errors(error.errors())
    if isinstance(error, msgspec.ValidationError):
        return [_of_msgspec(str(error))]
    args = [str(arg) for arg in error.args]
    if isinstance(error, ValueError) and args and is_chinese(args[0]):
        return [FieldError("", args[0], args[1] if len(args) > 1 else "请按要求修改", "rule")]
    return [FieldError("", "内容无法读取", "请对照上一版本修改", "invalid")]


def _of_msgspec(text: str) -> FieldError:
    match = _PLACE.fullmatch(text)
    message, path = (match["said"], match["path"] or "") if match else (text, "")
    named = _FIELD.search(message)
    if named is not None:
        field_path = f"{path}.{named[1]}".lstrip(".")
        if message.startswith("Object contains unknown"):
            return FieldError(field_path, "不接受未定义的字段", "请删除该字段", "unknown-field")
        if message.startswith("Object missing required"):
            return FieldError(field_path, "必填", "请填写该项", "missing")
    if is_chinese(message):
        return FieldError(path, message, "请按要求修改", "rule")
    return FieldError(path, "类型或取值不符合要求", "请按规定的类型和范围填写", "type")


def read_rows(rows: Sequence[Mapping[str, Any]], kind: type[T], at: str = "") -> list[T]:
    """Read rows of a policy's body as a domain dataclass; fractions are texts.

    `at` is the field that holds the rows. Raises FaultsError with the faults of every row.
    """
    names = {field.name for field in fields(kind)}
    read, faults = [], []
    for number, row in enumerate(rows):
        row_path = f"{at}[{number}]"
        faults += [
            FieldError(f"{row_path}.{name}", "不接受未定义的字段", "请删除该字段", "unknown-field")
            for name in sorted(set(row) - names)
        ]
        try:
            read.append(msgspec.convert(row, kind, dec_hook=_fraction))
        except msgspec.ValidationError as error:
            fault = _of_msgspec(str(error))
            faults.append(fault._replace(field=f"{row_path}.{fault.field}".rstrip(".")))
    if faults:
        raise FaultsError(faults)
    return read


def fraction(text: str) -> Fraction:
    """Read an exact fraction, as "1/10". Raises ValueError, in Chinese."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError("须为分数", "请按 1/10 的样子填写") from None


def _fraction(kind: type, written: object) -> Fraction:
    if kind is Fraction and isinstance(written, str):
        return fraction(written)
    raise ValueError(f"须为{kind.__name__}")
