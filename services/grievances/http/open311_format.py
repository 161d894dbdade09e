"""The formats of Open311 GeoReport v2: JSON, the XML that follows from it, and errors as lists of code and text."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from html import escape
from types import MappingProxyType
from typing import Any, Final

import msgspec
from fastapi import Response
from pydantic import BaseModel

from libs.common.problems import FieldError, Problem

MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
)
# What the items of a list are called in XML (the Spark convention of GeoReport v2).
_ITEMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "attributes": "attribute",
        "endpoints": "endpoint",
        "errors": "error",
        "formats": "format",
        "service_request_updates": "request_update",
        "service_requests": "request",
        "services": "service",
        "values": "value",
    }
)
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# By what a channel knows them, where that differs.
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "category": "service_code",
        "kind": "attribute[kind]",
        "supply": "attribute[supply]",
        "district": "attribute[district]",
        "text": "description",
    }
)
# GeoReport v2 has 400, 403 and 404; without a valid key it is 403. What asks to retry keeps its status.
_STATUSES: Final[Mapping[int, int]] = MappingProxyType({401: 403, 403: 403, 404: 404, 429: 429, 503: 503})


class Open311Format(StrEnum):
    """The end of an address."""

    JSON = "json"
    XML = "xml"


def formatted(root: str, document: Any, form: str) -> Response:
    """Return an answer: a document, or a list of them, of texts, numbers and the like; `root` is its element."""
    body = xml_of(root, document) if form == Open311Format.XML else msgspec.json.encode(document)
    return Response(body, media_type=MEDIA_TYPES[form])


def answered(root: str, models: Sequence[BaseModel], form: Open311Format) -> Response:
    """Return an answer with a list of models."""
    return formatted(root, [model.model_dump(mode="json") for model in models], form)


def xml_of(root: str, document: Any) -> bytes:
    """Return a document as XML; characters that XML cannot hold are left out."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, document)}'.encode()


def _element(name: str, value: Any) -> str:
    match value:
        case None:
            return f"<{name}/>"
        case dict():
            inner = "".join(_element(part, each) for part, each in value.items())
        case list():
            inner = "".join(_element(_ITEMS[name], each) for each in value)
        case bool():
            inner = str(value).lower()
        case _:
            inner = escape(_NOT_XML.sub("", str(value)), quote=False)
    return f"<{name}>{inner}</{name}>"


def refused(problem: Problem, form: str) -> Response:
    """Return the answer for a problem; each text ends with its stable code in brackets."""
    status = _STATUSES.get(problem.kind.status, 400)
    faults = [_in_words(error) for error in problem.errors] or [
        f"{problem.kind.title}：{problem.detail or problem.kind.title}[{problem.kind.slug}]"
    ]
    document = [{"code": status, "description": text} for text in faults]
    answer = formatted("errors", document, form)
    answer.status_code = status
    answer.headers.update(problem.headers)
    return answer


def _in_words(error: FieldError) -> str:
    field = _FIELDS.get(error.field, error.field)
    return f"{field}：{error.rule}；{error.remedy}[{error.code}]".removeprefix("：")
