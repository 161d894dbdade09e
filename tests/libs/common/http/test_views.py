"""Answers: what is put together without validation is encoded as pydantic documents it."""

from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError, computed_field

from libs.common.http.views import View, encoded


class _Colour(StrEnum):
    RED = "RED"


class _Part(BaseModel):
    since: datetime
    from_: date = Field(serialization_alias="from")


class _Whole(View):
    colour: _Colour
    count: int | None = None
    parts: list[_Part]
    words: dict[str, str] = Field(default_factory=dict)


instants = st.datetimes(timezones=st.just(UTC))


@given(st.lists(st.tuples(instants, st.dates())), st.none() | st.integers(-(2**53), 2**53), st.text())
def test_a_view_is_encoded_as_pydantic_would(
    times: list[tuple[datetime, date]], count: int | None, word: str
) -> None:
    parts = [_Part(since=since, from_=day) for since, day in times]
    view = _Whole(colour=_Colour.RED, count=count, parts=parts, words={word: word})

    # Read anew, since the two may write one text in different ways.
    assert _Read.model_validate_json(encoded(view)) == _Read.model_validate_json(
        view.model_dump_json(by_alias=True)
    )


class _ReadPart(BaseModel, extra="forbid"):
    since: datetime
    from_: date = Field(validation_alias="from")


class _Read(BaseModel, extra="forbid"):
    colour: _Colour
    count: int | None
    parts: list[_ReadPart]
    words: dict[str, str]


def test_what_is_not_given_is_the_default_of_its_own() -> None:
    one, other = _Whole(colour=_Colour.RED, parts=[]), _Whole(colour=_Colour.RED, parts=[])
    one.words["a"] = "b"

    assert (other.count, other.words) == (None, {})


def test_what_comes_from_outside_is_validated() -> None:
    with pytest.raises(ValidationError):
        _Whole.model_validate({"colour": "GREEN", "parts": []})
    assert _Whole.model_validate({"colour": "RED", "count": "3", "parts": []}).count == 3


def test_a_model_that_encodes_itself_is_refused() -> None:
    class Own(BaseModel):
        @computed_field  # type: ignore[prop-decorator]
        @property
        def twice(self) -> int:
            return 2

    with pytest.raises(TypeError, match="serializers of its own"):
        encoded(Own())
