"""Routes of each utility's own layout of ledgers: proposed from a file, corrected by a person, remembered."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import ValidationError

from libs.common.auth.callers import Caller, PlaceKind, Role
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import require
from libs.common.http.edge import MEBIBYTE, body_limit
from libs.common.http.etags import ExpectedVersion, set_etag
from libs.common.http.fields import Code
from libs.common.http.headers import ETAG, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import INVALID
from services.hookup.http.models import (
    LayoutColumn,
    LayoutWord,
    LedgerField,
    LedgerLayout,
    LedgerLayoutView,
    LedgerPreview,
    LedgerWord,
)
from services.hookup.http.utilities import UTILITIES, check_utility
from services.hookup.ledger.file_reading import FileReading
from services.hookup.ledger.frames import MOST_BYTES
from services.hookup.ledger.layout import COLUMNS, WORDS
from services.hookup.ledger.own_layout import UNKNOWN, USUAL, Layout, faults
from services.hookup.ledger.proposal import Proposal, propose
from services.hookup.storage import layouts
from services.hookup.storage.cases import CASES

router = APIRouter(prefix="/v1", tags=["台账"])

Importer = Annotated[Caller, require(Role.CLERK, Role.SUPERVISOR, of=CASES.scopes)]
_FIELDS = [
    LedgerField(
        name=each.heading,
        must=each.must,
        words=[LedgerWord(code=code, name=name) for code, name in WORDS[each.heading].names.items()]
        if each.heading in WORDS
        else [],
    )
    for each in COLUMNS
]


async def own_layout(request: Request, caller: Caller) -> tuple[Layout, int]:
    """Return the layout that a caller's files are read by, and its version: a utility's own, else the usual one."""
    if caller.place.kind is not PlaceKind.UTILITY:
        return USUAL, 0
    async with request.app.state.database.reading() as connection:
        return await layouts.find(connection, caller.place.code)


@router.post(
    "/imports/preview",
    operation_id="previewLedger",
    summary="核对台账的列和取值",
    response_model=LedgerPreview,
    openapi_extra=body_limit(MOST_BYTES + MEBIBYTE),
)
async def preview(
    request: Request,
    file: UploadFile,
    caller: Importer,
    once: Once,
    layout: Annotated[str | None, Form(max_length=200_000, description="LedgerLayout as JSON")] = None,
) -> Response:
    """Propose what a file's columns and words mean, by the given layout or the remembered one; change nothing."""
    content = await file.read()
    remembered, version = await own_layout(request, caller)
    wanted = remembered if layout is None else _draft(layout)
    reading: FileReading = request.app.state.file_reading
    proposal = await reading.of(caller.subject, lambda: propose(content, wanted))

    async def action(_work: UnitOfWork) -> Answer:
        return Answer(_preview(proposal, version), changes=False)

    return await once(caller, action)


def _draft(text: str) -> Layout:
    """Read a layout that is still being made: fields may be missing or taken twice, but not be unknown."""
    try:
        layout = _layout(LedgerLayout.model_validate_json(text))
    except ValidationError:
        raise INVALID("layout 不是列和取值的对应") from None
    if errors := [each for each in faults(layout) if each.code in UNKNOWN]:
        raise INVALID(errors=errors)
    return layout


def _layout(body: LedgerLayout) -> Layout:
    return Layout(body.columns, body.values)


def _preview(proposal: Proposal, version: int) -> LedgerPreview:
    return LedgerPreview(
        sheet=proposal.sheet,
        header_row=proposal.header_row,
        columns=[
            LayoutColumn(
                heading=each.heading,
                field=each.field,
                source=each.source,
                samples=list(each.samples),
                words=[LayoutWord(text=word.text, code=word.code) for word in each.words],
            )
            for each in proposal.columns
        ],
        missing=proposal.missing(),
        version=version,
        fields=_FIELDS,
    )


@router.get(
    "/utilities/{utility}/ledger-layout",
    operation_id="getLedgerLayout",
    summary="查看专营单位的台账对应",
    responses=answering(200, ETAG),
)
async def get_layout(
    request: Request, response: Response, utility: Code, caller: Importer
) -> LedgerLayoutView:
    """Return a utility's layout. Raises `not-found`, also for a utility of another place."""
    check_utility(caller, utility)
    async with request.app.state.database.reading() as connection:
        layout, version = await layouts.find(connection, utility)
    set_etag(response, version)
    return LedgerLayoutView(columns=layout.columns, values=layout.values, version=version)


@router.put(
    "/utilities/{utility}/ledger-layout",
    operation_id="saveLedgerLayout",
    summary="保存专营单位的台账对应",
)
async def save_layout(
    request: Request,
    response: Response,
    utility: Code,
    body: LedgerLayout,
    expected: ExpectedVersion,
    caller: Annotated[Caller, require(Role.CLERK, of=UTILITIES)],
) -> LedgerLayoutView:
    """Save one's own utility's layout; its files are read by it from now on. The first one goes over version 0."""
    check_utility(caller, utility)
    layout = _layout(body)
    if errors := faults(layout):
        raise INVALID(errors=errors)
    state = request.app.state
    async with state.database.unit_of_work(state.clock.now()) as work:
        _, seen = await layouts.find(work.connection, utility)
        version = await layouts.save(work, utility, layout, expected.check(seen), caller.subject)
    set_etag(response, version)
    return LedgerLayoutView(columns=layout.columns, values=layout.values, version=version)
