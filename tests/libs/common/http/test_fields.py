"""What callers give is taken as the contract says, and never as something like it."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from libs.common.http.dates import CalendarDate, Instant, Month
from libs.common.http.fields import (
    Code,
    CustomerReference,
    DocumentReference,
    Flag,
    Impersonal,
    QueryFlag,
    Whole,
)
from libs.common.problems import field_errors, is_chinese


def read(kind: Any, value: object) -> object:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Instant, "2022-07-08T10:00:00+08:00", datetime(2022, 7, 8, 2, tzinfo=UTC)),
        (Instant, "2022-07-08 02:00Z", datetime(2022, 7, 8, 2, tzinfo=UTC)),
        (CalendarDate, "2022-02-28", date(2022, 2, 28)),
        (Month, "2022-12", "2022-12"),
        (Flag, True, True),
        (Whole, 5, 5),
        (QueryFlag, "false", False),
        (QueryFlag, True, True),
        (Code, " ｗ-371502\u200b", "W-371502"),
        (CustomerReference, "c-000318", "C-000318"),
        (DocumentReference, "聊城管字〔2022〕49号", "聊城管字〔2022〕49号"),
        (Annotated[str, Impersonal], "北墙", "北墙"),
    ],
)
def test_what_is_meant_is_taken(kind: Any, given: object, value: object) -> None:
    found = read(kind, given)
    assert (found, type(found)) == (value, type(value))
    if isinstance(found, datetime):
        assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *(
            (Instant, given)
            for given in (
                1657245600,
                "1657245600",
                1657245600000,
                1657245600.5,
                True,
                "2022-07-08T10:00:00",
                "2022-07-08",
                "２０２２-07-08T10:00:00Z",
                "٢٠٢٢-07-08T10:00:00Z",
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "1999-12-31T23:59:59Z",
                "2100-01-01T00:00:00Z",
                "2022-02-29T00:00:00Z",
                "2022-07-08T10:00:00+99:00",
            )
        ),
        *(
            (CalendarDate, given)
            for given in (
                1659916800,
                "1660003200",
                "2022-08-09T00:00:00",
                "２０２２-08-09",
                "20220809",
                "0001-01-01",
                "9999-12-31",
                "2022-02-29",
            )
        ),
        *((Month, given) for given in ("20２２-09", "2022-9", "٢٠٢٢-09", "2022-13", "2022-09\n", 202209)),
        *((Flag, given) for given in ("off", "yes", "true", 1, 0, None)),
        *((Whole, given) for given in ("5", 5.0, True, "５")),
        *((QueryFlag, given) for given in ("yes", "on", "1", "TRUE", "t", "")),
        *((CustomerReference, given) for given in ("13800138000", " ", "=1+1", 318)),
        *((DocumentReference, given) for given in ("联系人张三13800138000", "", 49)),
        (Annotated[str, Impersonal], "请打138 0013 8000"),
        (Code, 371502),
        (Code, "W" * 41),
    ],
)
def test_what_is_something_else_is_refused_in_words(kind: Any, given: object) -> None:
    with pytest.raises(ValidationError) as refused:
        read(kind, given)
    (error,) = field_errors([{**each, "loc": ("body", "field")} for each in refused.value.errors()])
    assert is_chinese(error.rule)
    assert is_chinese(error.remedy)


def test_a_number_of_a_person_has_a_code_of_its_own() -> None:
    with pytest.raises(ValidationError) as refused:
        read(CustomerReference, "13800138000")
    (error,) = field_errors([{**each, "loc": ("body", "customer_ref")} for each in refused.value.errors()])
    assert (error.field, error.code) == ("customer_ref", "personal-data")
    assert "13800138000" not in "".join(error)
