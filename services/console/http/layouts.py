"""The layout of a utility's own ledgers: proposed from a file, corrected, saved, and the file imported by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID, FieldError, Problem
from services.console.http.imports import MOST_BYTES, begin, imports_page
from services.console.http.parts import (
    MANY_FIELDS,
    FromOwnPage,
    Parts,
    Texts,
    ThisConsole,
    beside_fields,
    is_fragment,
)
from services.console.readers.hookup import Layout, LayoutPreview
from services.console.sessions import Session

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Filled:
    """The form's rows: a heading and its field; a field's word and its code; the version that was seen."""

    headings: Sequence[str] = ()
    fields: Sequence[str] = ()
    word_fields: Sequence[str] = ()
    words: Sequence[str] = ()
    codes: Sequence[str] = ()
    version: int = 0

    def layout(self, saved: Layout) -> Layout:
        """Return the layout that is meant; words of the saved one that the file does not have are kept."""
        columns = dict(zip(self.headings, self.fields, strict=True))
        values = {each: dict(saved.values.get(each, {})) for each in saved.values if each in self.fields}
        for of, word, code in zip(self.word_fields, self.words, self.codes, strict=True):
            values.setdefault(of, {}).pop(word, None)
            if code and of in self.fields:
                values[of][word] = code
        return Layout(columns, {of: words for of, words in values.items() if words})


async def filled(
    heading: Texts,
    field: Texts,
    word_field: Texts,
    word: Texts,
    code: Texts,
    version: Annotated[int, Form(ge=0)] = 0,
) -> Filled:
    """Return what the form says. Raises `invalid` where rows have lost their halves."""
    if len(heading) != len(field) or not len(word_field) == len(word) == len(code):
        raise INVALID("请刷新页面后重新选择")
    return Filled(heading, field, word_field, word, code, version)


FromForm = Annotated[Filled, Depends(filled)]


@router.post("/imports/layout", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def review(
    request: Request,
    console: ThisConsole,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    form: FromForm,
) -> Response:
    """Show what the file's columns and words are taken for, to be corrected."""
    layout = form.layout(await _saved(console, session)) if form.headings else None
    return await _show(request, console, session, file, layout)


@router.post("/imports/own", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def save(
    request: Request,
    console: ThisConsole,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    mode: Annotated[str, Form(pattern="^(all|good)$")],
    key: Annotated[UUID, Form()],
    form: FromForm,
) -> Response:
    """Save the layout and import the file by it; what is wrong is shown beside its field."""
    layout = form.layout(await _saved(console, session))
    try:
        await console.hookup.put(_path(session), session, Layout, form.version, layout)
    except Problem as problem:
        if not problem.errors:
            raise
        return await _show(request, console, session, file, layout, problem.errors)
    return await begin(request, console, session, file, mode, key)


def _path(session: Session) -> str:
    return f"/v1/utilities/{session.place_code}/ledger-layout"


async def _saved(console: Parts, session: Session) -> Layout:
    return await console.hookup.get(_path(session), session, Layout)


async def _show(
    request: Request,
    console: Parts,
    session: Session,
    file: UploadFile,
    layout: Layout | None,
    errors: Sequence[FieldError] = (),
) -> Response:
    preview = await console.hookup.post(
        "/v1/imports/preview",
        session,
        LayoutPreview,
        {"Idempotency-Key": str(uuid4())},
        files={"file": (file.filename or "ledger.xlsx", file.file)},
        data={} if layout is None else {"layout": msgspec.json.encode(layout).decode()},
    )
    context: dict[str, Any] = {
        "preview": preview,
        "errors": beside_fields(errors),
    }
    if is_fragment(request):
        return console.page("layout.html", session, **context)
    return await imports_page(console, session, **context)
