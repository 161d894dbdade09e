"""Every body of every API is strict: no number for a time, no word for a boolean, no text for a number."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from libs.common import discovery
from libs.common.http.contract import operations
from tests.support.servers import sqlite_database
from tests.support.service import running

# What each kind of value must not be made of.
LAX: dict[type, list[Any]] = {
    bool: ["yes", "off", "true", 1, 0],
    int: ["5", 5.0, True],
    datetime: [1657245600, "1657245600", 1657245600000, "2022-07-08"],
    date: [1660003200, "1660003200", "2022-08-09T00:00:00"],
    str: [5, True],
}


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation names, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for each in getattr(annotation, "__args__", ()):
        yield from models_in(each)


def lax_fields(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of a model that take something else for what they are."""
    for name in model.model_fields:
        for kind, values in LAX.items():
            for value in values:
                try:
                    model.__pydantic_validator__.validate_assignment(
                        made := model.model_construct(), name, value
                    )
                except ValidationError:
                    continue
                taken = getattr(made, name)
                if type(taken) is kind and type(value) is not kind:
                    yield f"{model.__name__}.{name} takes {value!r} for {taken!r}"


@pytest.fixture
async def bodies(tmp_path: Path) -> set[type[BaseModel]]:
    """The models of every body that a service takes."""
    routes: list[APIRoute] = []
    for found in discovery.stateful():
        async with running(found.build, sqlite_database(tmp_path), tmp_path) as service:
            routes += operations(service.app.routes)
    annotations = [each.body_field.field_info.annotation for each in routes if each.body_field]
    return {model for annotation in annotations for model in models_in(annotation)}


async def test_no_body_takes_one_kind_of_value_for_another(bodies: set[type[BaseModel]]) -> None:
    assert len(bodies) > 20
    assert sorted(fault for model in bodies for fault in lax_fields(model)) == []


def test_a_planted_lax_model_is_found() -> None:
    class Lax(BaseModel):
        at: datetime
        on: date
        done: bool
        count: int

    assert {fault.partition(" ")[0] for fault in lax_fields(Lax)} == {
        "Lax.at",
        "Lax.on",
        "Lax.done",
        "Lax.count",
    }
