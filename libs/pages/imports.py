"""The pages of a kind of ledger that is read in, declared: files, their progress and report, a utility's layout."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from libs.common.http.cursors import Page
from libs.common.http.middleware import body_limit
from libs.common.problems import INVALID
from libs.pages.paging import FIRST, At, Position
from libs.pages.sessions import Session
from libs.pages.site import (
    MANY_FIELDS,
    SHORT_FIELDS,
    FromOwnPage,
    PageContext,
    SignedIn,
    Texts,
    is_fragment,
    or_errors,
    pages_of,
    passed_on,
)
from libs.workbooks.http.models import (
    ImportRequested,
    ImportSummary,
    ImportView,
    LedgerLayoutView,
    LedgerPreview,
)

# What a service takes, and the form around it.
MOST_BYTES: Final = 129 * 1_048_576


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


@dataclass(frozen=True, kw_only=True)
class Imports:
    """The pages of a kind: `path` is theirs and, under /v1, the API's; `layout` is the name in the layouts' address.

    `file` says what is handed in, `note` what to know before; `template` adds to `imports.html` by its blocks.
    """

    states: ClassVar[Mapping[str, str]] = {
        "checking": "正在检查",
        "loading": "正在导入",
        "done": "已完成",
        "rejected": "未导入",
        "failed": "导入失败",
    }
    modes: ClassVar[Mapping[str, str]] = {"all": "全部合格才导入", "good": "只导入合格行"}

    service: str
    path: str
    layout: str
    title: str
    file: str
    note: str
    template: str = "imports.html"

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        context = Annotated[PageContext, Depends(pages_of(self.service))]

        async def show(pages: context, session: SignedIn, at: At) -> Response:
            """Show the form and the previous imports; htmx asks for the rows of the next page only."""
            return await self._page(pages, session, at)

        async def report(pages: context, session: SignedIn, import_id: UUID) -> Response:
            """Pass on the rows in which something was found, as a workbook."""
            return passed_on(*await pages.api.open(f"{self._api}/{import_id}/report.xlsx", session))

        async def show_one(request: Request, pages: context, session: SignedIn, import_id: UUID) -> Response:
            """Show how far an import is, and its report; htmx asks again until it is finished."""
            job = await pages.api.get(f"{self._api}/{import_id}", session, ImportView)
            template = "import_progress.html" if is_fragment(request) else "import.html"
            return pages.render(template, session, declared=self, import_=job)

        router.add_api_route(self.path, show, methods=["GET"])
        router.add_api_route(f"{self.path}/{{import_id}}/report.xlsx", report, methods=["GET"])
        router.add_api_route(f"{self.path}/{{import_id}}", show_one, methods=["GET"])
        self._add_uploads(router)
        return router

    def _add_uploads(self, router: APIRouter) -> None:
        context = Annotated[PageContext, Depends(pages_of(self.service))]
        limit = body_limit(MOST_BYTES)

        @router.post(self.path, openapi_extra=limit, form_limits=SHORT_FIELDS)
        async def upload(
            request: Request,
            pages: context,
            session: FromOwnPage,
            file: Annotated[UploadFile, File()],
            mode: Annotated[str, Form(pattern="^(all|good)$")],
            key: Annotated[UUID, Form()],
        ) -> Response:
            """Begin an import; a utility's file with columns or words to decide on leads to these first."""
            if session.scope_kind == "utility":
                preview = await self._preview(pages, session, file, None)
                words = [word for column in preview.columns for word in column.words]
                if preview.missing or not all(word.code for word in words):
                    return await self._shown(request, pages, session, preview)
                await file.seek(0)
            return await self._begin(request, pages, session, file, mode, key)

        @router.post(f"{self.path}/layout", openapi_extra=limit, form_limits=MANY_FIELDS)
        async def review(
            request: Request,
            pages: context,
            session: FromOwnPage,
            file: Annotated[UploadFile, File()],
            form: FromForm,
        ) -> Response:
            """Show what the file's columns and words are taken for, to be corrected."""
            layout = form.layout(await self._saved(pages, session)) if form.headings else None
            preview = await self._preview(pages, session, file, layout)
            return await self._shown(
                request, pages, session, preview, form.version if form.headings else None
            )

        @router.post(f"{self.path}/own", openapi_extra=limit, form_limits=MANY_FIELDS)
        async def save(
            request: Request,
            pages: context,
            session: FromOwnPage,
            file: Annotated[UploadFile, File()],
            mode: Annotated[str, Form(pattern="^(all|good)$")],
            key: Annotated[UUID, Form()],
            form: FromForm,
        ) -> Response:
            """Save the layout and import the file by it; what is wrong is shown beside its field."""
            layout = form.layout(await self._saved(pages, session))
            address = self._layouts(session)
            _, errors = await or_errors(
                pages.api.put(address, session, LedgerLayoutView, form.version, layout)
            )
            if errors:
                preview = await self._preview(pages, session, file, layout)
                return await self._shown(request, pages, session, preview, form.version, errors)
            return await self._begin(request, pages, session, file, mode, key)

    # -- inside

    @property
    def _api(self) -> str:
        return f"/v1{self.path}"

    def _layouts(self, session: Session) -> str:
        return f"/v1/utilities/{session.scope_code}/{self.layout}-layout"

    async def _page(
        self, pages: PageContext, session: Session, at: Position = FIRST, **context: Any
    ) -> Response:
        """Show the form, with what is known of a file's layout, and the previous imports."""
        jobs = await pages.api.get(self._api, session, Page[ImportSummary], at.asking({}, None))
        template = "import_rows.html" if at.is_fragment else self.template
        more = at.following(self.path, {}, jobs)
        return pages.render(
            template, session, declared=self, imports=jobs.items, more=more, key=str(uuid4()), **context
        )

    async def _begin(
        self, request: Request, pages: PageContext, session: Session, file: UploadFile, mode: str, key: UUID
    ) -> Response:
        """Begin an import and lead to it; the form's key makes a second click the same import."""
        begun = await pages.api.post(
            self._api,
            session,
            ImportRequested,
            {"Idempotency-Key": str(key)},
            files={"file": (file.filename or "ledger.xlsx", file.file)},
            data={"mode": mode},
        )
        target = f"{self.path}/{begun.id}"
        # htmx would put the page that a redirect leads to into this one.
        if is_fragment(request):
            return Response(headers={"HX-Redirect": target})
        return RedirectResponse(target, 303)

    async def _saved(self, pages: PageContext, session: Session) -> LedgerLayoutView:
        return await pages.api.get(self._layouts(session), session, LedgerLayoutView)

    async def _preview(
        self, pages: PageContext, session: Session, file: UploadFile, layout: dict[str, Any] | None
    ) -> LedgerPreview:
        return await pages.api.post(
            f"{self._api}/preview",
            session,
            LedgerPreview,
            {"Idempotency-Key": str(uuid4())},
            files={"file": (file.filename or "ledger.xlsx", file.file)},
            data={} if layout is None else {"layout": json.dumps(layout, ensure_ascii=False)},
        )

    async def _shown(
        self,
        request: Request,
        pages: PageContext,
        session: Session,
        preview: LedgerPreview,
        version: int | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> Response:
        """Show the mapping; `version` is the one that a form had seen and keeps: another's is not overwritten."""
        context: dict[str, Any] = {
            "preview": preview,
            "version": preview.version if version is None else version,
            "errors": errors or {},
        }
        if is_fragment(request):
            return pages.render("import_layout.html", session, declared=self, **context)
        return await self._page(pages, session, **context)
