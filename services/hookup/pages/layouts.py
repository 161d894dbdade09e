"""The layout of a utility's own ledgers: proposed from a file, corrected, saved, and the file imported by it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import Response

from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID, FieldError, Problem
from libs.pages.sessions import Session
from libs.pages.site import (
    MANY_FIELDS,
    SHORT_FIELDS,
    FromOwnPage,
    PageContext,
    Texts,
    beside_fields,
    is_fragment,
)
from libs.workbooks.http.models import LedgerLayoutView, LedgerPreview
from services.hookup.pages.imports import MOST_BYTES, begin, imports_page
from services.hookup.pages.parts import Hookup

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

    def layout(self, saved: LedgerLayoutView) -> dict[str, Any]:
        """Return the layout that is meant; words of the saved one that the file does not have are kept."""
        columns = dict(zip(self.headings, self.fields, strict=True))
        values = {of: dict(words) for of, words in saved.values.items() if of in self.fields}
        for of, word, code in zip(self.word_fields, self.words, self.codes, strict=True):
            values.setdefault(of, {}).pop(word, None)
            if code and of in self.fields:
                values[of][word] = code
        return {"columns": columns, "values": {of: words for of, words in values.items() if words}}


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


@router.post("/imports", openapi_extra=body_limit(MOST_BYTES), form_limits=SHORT_FIELDS)
async def upload(
    request: Request,
    pages: Hookup,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    mode: Annotated[str, Form(pattern="^(all|good)$")],
    key: Annotated[UUID, Form()],
) -> Response:
    """Begin an import; a utility's file with columns or words to decide on leads to these first."""
    if session.scope_kind == "utility":
        preview = await _preview(pages, session, file, None)
        words = [word for column in preview.columns for word in column.words]
        if preview.missing or not all(word.code for word in words):
            return await _shown(request, pages, session, preview)
        await file.seek(0)
    return await begin(request, pages, session, file, mode, key)


@router.post("/imports/layout", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def review(
    request: Request,
    pages: Hookup,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    form: FromForm,
) -> Response:
    """Show what the file's columns and words are taken for, to be corrected."""
    layout = form.layout(await _saved(pages, session)) if form.headings else None
    preview = await _preview(pages, session, file, layout)
    return await _shown(request, pages, session, preview, form.version if form.headings else None)


@router.post("/imports/own", openapi_extra=body_limit(MOST_BYTES), form_limits=MANY_FIELDS)
async def save(
    request: Request,
    pages: Hookup,
    session: FromOwnPage,
    file: Annotated[UploadFile, File()],
    mode: Annotated[str, Form(pattern="^(all|good)$")],
    key: Annotated[UUID, Form()],
    form: FromForm,
) -> Response:
    """Save the layout and import the file by it; what is wrong is shown beside its field."""
    layout = form.layout(await _saved(pages, session))
    try:
        await pages.api.put(_path(session), session, LedgerLayoutView, form.version, layout)
    except Problem as problem:
        if not problem.errors:
            raise
        preview = await _preview(pages, session, file, layout)
        return await _shown(request, pages, session, preview, form.version, problem.errors)
    return await begin(request, pages, session, file, mode, key)


def _path(session: Session) -> str:
    return f"/v1/utilities/{session.scope_code}/ledger-layout"


async def _saved(pages: PageContext, session: Session) -> LedgerLayoutView:
    return await pages.api.get(_path(session), session, LedgerLayoutView)


async def _preview(
    pages: PageContext, session: Session, file: UploadFile, layout: dict[str, Any] | None
) -> LedgerPreview:
    return await pages.api.post(
        "/v1/imports/preview",
        session,
        LedgerPreview,
        {"Idempotency-Key": str(uuid4())},
        files={"file": (file.filename or "ledger.xlsx", file.file)},
        data={} if layout is None else {"layout": json.dumps(layout, ensure_ascii=False)},
    )


async def _shown(
    request: Request,
    pages: PageContext,
    session: Session,
    preview: LedgerPreview,
    version: int | None = None,
    errors: Sequence[FieldError] = (),
) -> Response:
    """Show the mapping; `version` is the one that a form had seen, which it keeps: another's is not overwritten."""
    context: dict[str, Any] = {
        "preview": preview,
        "version": preview.version if version is None else version,
        "errors": beside_fields(errors),
    }
    if is_fragment(request):
        return pages.render("layout.html", session, **context)
    return await imports_page(pages, session, **context)
