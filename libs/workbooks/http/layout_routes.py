"""Routes of utilities' ledger layouts: propose from a file, correct, save."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import ConfigDict, ValidationError
from sqlalchemy import column

from libs.common.auth.callers import Caller, Role, Scope, ScopeColumns, ScopeKind
from libs.common.auth.utilities import UTILITIES, check_utility
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.etags import ExpectedVersion, set_etag
from libs.common.http.fields import Code
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.middleware import MEBIBYTE, body_limit
from libs.common.problems import INVALID
from libs.workbooks.files.file_reading import FileReading
from libs.workbooks.files.frames import MOST_BYTES
from libs.workbooks.http import models
from libs.workbooks.http.models import LayoutColumn, LayoutWord, LedgerField, LedgerPreview, LedgerWord
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.own_layout import UNKNOWN, USUAL, Layout, faults
from libs.workbooks.ledgers.proposal import Proposal, propose
from libs.workbooks.ledgers.template import Template

# The form around a file adds some bytes.
LARGEST_BODY: Final = MOST_BYTES + MEBIBYTE
# An uploaded file and its job belong to the scope of the uploader.
READ_IN: Final = ScopeColumns(column("place_code"), column("place_code"), label="交来的文件及其导入任务")


async def own_layout(kind: ImportKind, request: Request, caller: Caller) -> tuple[Layout, int]:
    """Return the layout for a caller's files, and its version: the utility's own, else the default."""
    if caller.scope.kind is not ScopeKind.UTILITY:
        return USUAL, 0
    async with request.app.state.database.reading() as connection:
        return await kind.layouts.find(connection, caller.scope.code)


def operation(name: str) -> str:
    """Return a name in the form of operation ids: `bill-imports` is BillImports."""
    return "".join(part.title() for part in name.split("-"))


def add_layout_routes(
    router: APIRouter,
    kind: ImportKind,
    example: Layout,
    *,
    readers: tuple[Role, ...],
    savers: tuple[Role, ...],
) -> None:
    """Add the routes of a kind of ledger; its name is in their operation ids and addresses.

    `readers` are the roles that hand files in, `savers` those that save their own utility's layout; `example` is
    shown in the API's description.
    """
    template = kind.template
    name, noun = operation(template.name), template.noun
    address = f"/utilities/{{utility}}/{template.name}-layout"

    def add_example(schema: dict[str, Any]) -> None:
        for part, value in (("columns", example.columns), ("values", example.values)):
            schema["properties"][part]["examples"] = [value]

    class LedgerLayout(models.LedgerLayout):
        __doc__ = models.LedgerLayout.__doc__
        model_config = ConfigDict(json_schema_extra=add_example)

    class LedgerLayoutView(models.LedgerLayoutView):
        __doc__ = models.LedgerLayoutView.__doc__
        model_config = ConfigDict(json_schema_extra=add_example)

    @router.post(
        f"/{kind.address}/preview",
        operation_id=f"preview{name}",
        summary=f"核对{noun}的列和取值",
        response_model=LedgerPreview,
        openapi_extra=body_limit(LARGEST_BODY),
    )
    async def preview(
        request: Request,
        file: UploadFile,
        caller: Annotated[Caller, require(*readers, of=READ_IN)],
        once: Once,
        layout: Annotated[str | None, Form(max_length=200_000, description="LedgerLayout as JSON")] = None,
    ) -> Response:
        """Propose what a file's columns and words mean, by the given layout or the remembered one; change nothing."""
        content = await file.read()
        remembered, version = await own_layout(kind, request, caller)
        chosen = remembered if layout is None else _draft(template, layout)
        reading: FileReading = request.app.state.file_reading
        own_template = kind.template_of(caller.scope)
        proposal = await reading.of(caller.subject, lambda: propose(own_template, content, chosen))

        async def action(_uow: UnitOfWork) -> Answer:
            return Answer(_preview(own_template, proposal, version), changes=False)

        return await once(caller, action)

    @router.get(
        address,
        operation_id=f"get{name}Layout",
        summary=f"查看专营单位的{noun}对应",
        responses=answering(200, ETAG),
    )
    async def get_layout(
        request: Request,
        response: Response,
        utility: Code,
        caller: Annotated[Caller, require(*readers, of=UTILITIES)],
    ) -> LedgerLayoutView:
        """Return a utility's layout. Raises `not-found`, also for a utility of another place."""
        check_utility(caller, utility)
        async with request.app.state.database.reading() as connection:
            layout, version = await kind.layouts.find(connection, utility)
        set_etag(response, version)
        return LedgerLayoutView(columns=layout.columns, values=layout.values, version=version)

    @router.put(address, operation_id=f"save{name}Layout", summary=f"保存专营单位的{noun}对应")
    async def save_layout(
        request: Request,
        response: Response,
        utility: Code,
        body: LedgerLayout,
        expected: ExpectedVersion,
        caller: Annotated[Caller, require(*savers, of=UTILITIES)],
    ) -> LedgerLayoutView:
        """Save one's own utility's layout; its files are read by it from now on. The first one goes over version 0."""  # noqa: E501 - one line of the promised API
        check_utility(caller, utility)
        layout = _layout(body)
        own_template = kind.template_of(Scope(ScopeKind.UTILITY, utility))
        if errors := faults(own_template, layout):
            raise INVALID(errors=errors)
        state = request.app.state
        async with state.database.unit_of_work(state.clock.now()) as uow:
            _, seen = await kind.layouts.find(uow.connection, utility)
            version = await kind.layouts.save(uow, utility, layout, expected.check(seen), caller.subject)
        set_etag(response, version)
        return LedgerLayoutView(columns=layout.columns, values=layout.values, version=version)


def _fields(template: Template) -> list[LedgerField]:
    return [
        LedgerField(
            name=column.heading,
            must=column.heading in template.must,
            words=[LedgerWord(code=code, name=name) for code, name in column.words.names.items()]
            if column.words
            else [],
        )
        for column in template.columns
    ]


def _draft(template: Template, text: str) -> Layout:
    """Validate a draft layout: fields may be missing or used twice, but not unknown."""
    try:
        layout = _layout(models.LedgerLayout.model_validate_json(text))
    except ValidationError:
        raise INVALID("layout 不是列和取值的对应") from None
    if errors := [fault for fault in faults(template, layout) if fault.code in UNKNOWN]:
        raise INVALID(errors=errors)
    return layout


def _layout(body: models.LedgerLayout) -> Layout:
    return Layout(body.columns, body.values)


def _preview(template: Template, proposal: Proposal, version: int) -> LedgerPreview:
    return LedgerPreview(
        sheet=proposal.sheet,
        header_row=proposal.header_row,
        columns=[
            LayoutColumn(
                heading=column.heading,
                field=column.field,
                source=column.source,
                samples=list(column.samples),
                words=[LayoutWord(text=word.text, code=word.code) for word in column.words],
            )
            for column in proposal.columns
        ],
        missing=proposal.missing(template),
        version=version,
        fields=_fields(template),
        constants=dict(template.constants),
    )
