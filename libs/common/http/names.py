"""Codes with their Chinese names, as the reference of a service tells them."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field


class Name(BaseModel):
    """A code and its Chinese name."""

    code: str = Field(examples=["SURVEY_DESIGN"])
    name: str = Field(examples=["勘查设计"])


def names_of(names: Mapping[Any, str]) -> list[Name]:
    """Return the codes of a mapping with their names, in its order."""
    return [Name(code=str(code), name=name) for code, name in names.items()]
