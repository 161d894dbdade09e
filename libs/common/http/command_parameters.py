"""What the route of a command takes beside what its function declares."""

import inspect
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from libs.common.aggregate import Stead
from libs.common.http.command import MINIMAL, InStead


def body_of(parameters: Sequence[inspect.Parameter]) -> type[BaseModel] | None:
    """Return the model of the body among the parameters of a command."""
    annotation = next((each.annotation for each in parameters if each.name == "body"), None)
    models = [annotation, *get_args(annotation)]
    return next((each for each in models if isinstance(each, type) and issubclass(each, BaseModel)), None)


def split(
    values: Mapping[str, Any], own: Container[str], stead: Stead | None
) -> tuple[str | None, dict[str, Any]]:
    """Return the document that staff rest on, and what a function itself takes of a request's values."""
    document_ref = getattr(values.get("body"), "document_ref", None) if stead else None
    return document_ref, {name: value for name, value in values.items() if name in own}


def more_parameters(own: Container[str], stead: Stead | None) -> Sequence[inspect.Parameter]:
    """Return the parameters of a command beside its own: a document where it has no body to name it in."""
    return IN_STEAD if stead is Stead.DOCUMENT and "body" not in own else ()


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters of a function."""
    return list(inspect.signature(function, eval_str=True).parameters.values())


PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "填 return=minimal 时，成功只答 204 和 ETag，不答办理后的内容（RFC 7240）",
    "schema": {"type": "string"},
    "example": MINIMAL,
}
IN_STEAD = (
    inspect.Parameter("body", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=InStead | None),
)
