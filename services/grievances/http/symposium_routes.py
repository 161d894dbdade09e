"""Symposia: registered, minuted, what was found there, and the grievances that come of it."""

from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile

from libs.casework.http.files import FILE_BODY, FileLink, link_file, take_file
from libs.common.auth.callers import Caller
from libs.common.changes import Changed, Target
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http import command, commands
from libs.common.http.actions import Actions, Chosen, Offer
from libs.common.http.auth import require
from libs.common.http.commands import By
from libs.common.http.cursors import CountedPage
from libs.common.http.etags import set_etag
from libs.common.http.fields import QueryFlag
from libs.common.http.headers import ETAG, LOCATION, answering
from libs.common.http.idempotency import Answer, Once
from libs.common.http.lists import counted_page
from libs.common.objects import StoredFile
from libs.common.problems import NOT_FOUND
from services.grievances.domain.rules import Rules
from services.grievances.domain.symposia import (
    Symposium,
    SymposiumFile,
    SymposiumState,
    SymposiumVerb,
)
from services.grievances.domain.values.kinds import FILE_NAMES, FileKind
from services.grievances.http import symposium_models as models
from services.grievances.http.commands import ABOVE, Given, Parts
from services.grievances.http.round_routes import ROUND_READERS
from services.grievances.http.round_views import named_by
from services.grievances.http.symposium_views import fields_of, file_views, symposium_view
from services.grievances.storage.rounds import NEWEST_SYMPOSIA, SYMPOSIA
from services.grievances.storage.rulebook import RuleBook
from services.grievances.storage.tables import ROUND_TABLES
from services.grievances.storage.words import Words
from services.grievances.usecases.submit import NewGrievance
from services.grievances.usecases.symposia import NewSymposium, register_symposium, submit_finding

router = APIRouter(prefix="/v1", tags=["座谈"])
SYMPOSIUM: Final = "座谈"


COMMANDS: Final[commands.Commands[Symposium, Rules, RuleBook]] = commands.Commands(
    SYMPOSIA, "/symposia/{symposium_id}", symposium_view, models.SymposiumView
)
SymposiumCommand = command.Command[Symposium, Rules, RuleBook]
Reader = Annotated[Caller, require(*ROUND_READERS, of=SYMPOSIA.scopes)]
Holder = Annotated[Caller, require(*ABOVE, of=SYMPOSIA.scopes)]


@router.post(
    "/symposia",
    operation_id="registerSymposium",
    summary="登记座谈会",
    status_code=201,
    response_model=models.SymposiumView,
    responses=answering(201, ETAG, LOCATION),
)
async def register(body: models.RegisterSymposium, once: Once, caller: Holder, parts: Parts) -> Response:
    """Register a symposium that was held."""
    new = NewSymposium(body.title, body.held_at, body.place, body.invited, body.attended)

    async def action(uow: UnitOfWork) -> Answer:
        item = await register_symposium(uow, parts.rulebook, new, caller)
        view = symposium_view(item, parts.rulebook.rules, uow.now, caller)
        return Answer(view, status=201, version=item.version, location=f"/v1/symposia/{item.id}")

    return await once(caller, action)


@COMMANDS.verb(
    router,
    SymposiumVerb.WRITE_MINUTES,
    "minutes",
    "writeSymposiumMinutes",
    "填写纪要",
    *ABOVE,
    offer=Offer(SYMPOSIUM, values={"minutes": lambda item, _at: item.minutes}),
)
def write_minutes(item: Symposium, body: models.WriteMinutes, at: Given) -> None:
    """Write the minutes, or write them anew."""
    item.write_minutes(body.minutes, at.now)


@COMMANDS.verb(
    router,
    SymposiumVerb.NOTE_FINDING,
    "findings",
    "noteSymposiumFinding",
    "记录问题",
    *ABOVE,
    offer=Offer(SYMPOSIUM),
)
def note_finding(item: Symposium, body: models.NoteFinding, at: Given) -> None:
    """Note what was found."""
    item.note_finding(body.text, at.now, at.subject)


def _open_findings(item: Symposium, _at: Any) -> Chosen:
    return [
        (str(finding.number), f"问题{finding.number}：{finding.text[:20]}")
        for finding in item.findings
        if finding.grievance_id is None
    ]


@COMMANDS.use_case(
    router,
    SymposiumVerb.SUBMIT_FINDING,
    "findings/{finding}/grievance",
    "submitSymposiumFinding",
    "转为诉求",
    *ABOVE,
    offer=Offer(
        SYMPOSIUM,
        targets={"finding": _open_findings},
        target_label="问题",
        otherwise="没有还未转为诉求的问题",
        hint="进入诉求受理派单，来源为座谈",
    ),
)
async def submit_one(
    target: Target, uow: UnitOfWork, rulebook: RuleBook, finding: int, body: models.SubmitFinding
) -> Changed[Symposium]:
    """Make a grievance of a finding."""
    new = NewGrievance(
        kind=body.kind,
        category=body.category,
        supply=body.supply,
        district=body.district,
        site=body.site,
        reporter=body.reporter,
        told=Words(body.words, body.name, body.phone, body.place),
    )
    return await submit_finding(target, uow, rulebook, finding, new)


_uploading = By(
    COMMANDS,
    SymposiumVerb.ADD_FILE,
    *ABOVE,
    offer=Offer(
        SYMPOSIUM,
        targets={"kind": lambda _item, _at: FILE_NAMES.items()},
        target_label="附件",
        otherwise="已归档",
    ),
)


@COMMANDS.post(
    router,
    _uploading,
    "files/{kind}",
    "uploadSymposiumFile",
    "提交附件",
    takes_file=True,
    openapi_extra=FILE_BODY,
)
async def upload(
    request: Request,
    kind: FileKind,
    file: UploadFile,
    command: Annotated[SymposiumCommand, Depends(_uploading)],
) -> Response:
    """Hand in a photo, a recording or a document; what it is, its content says."""

    def taking(item: Symposium, file_id: str, key: str, stored: StoredFile, at: Given) -> None:
        content = stored.media_type, stored.size, stored.sha256
        item.take_file(SymposiumFile(file_id, kind, key, *content, at.now, at.subject), at.rules)

    return await take_file(request, file, command, taking)


@router.post(
    "/symposia/{symposium_id}/files/{file_id}/link",
    operation_id="linkSymposiumFile",
    summary="获取座谈会附件的下载链接",
    response_model=FileLink,
)
async def link(
    request: Request, symposium_id: UUID, file_id: UUID, caller: Reader, once: Once, parts: Parts
) -> Response:
    """Make a short-lived link to a file."""

    def give(item: Symposium) -> tuple[SymposiumFile, str, timedelta]:
        file = next((file for file in item.files if file.id == str(file_id)), None)
        if file is None:
            raise NOT_FOUND("没有这个附件")
        minutes = parts.rulebook.rules.process.link_minutes
        return file, f"{item.number}-{FILE_NAMES[file.kind]}", timedelta(minutes=minutes)

    return await link_file(request, caller, once, SYMPOSIA, str(symposium_id), give)


@COMMANDS.verb(
    router,
    SymposiumVerb.CLOSE,
    "closing",
    "closeSymposium",
    "归档",
    *ABOVE,
    offer=Offer(SYMPOSIUM, consequence="归档后不能再改"),
)
def close(item: Symposium, at: Given) -> None:
    """File it: minuted, and every finding a grievance."""
    item.close(at.now)


@router.get("/symposia", operation_id="listSymposia", summary="查询座谈会")
async def list_symposia(
    caller: Reader,
    parts: Parts,
    state: SymposiumState | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> CountedPage[models.SymposiumView]:
    """List symposia, the latest first."""
    statement = SYMPOSIA.select(*(column for column, _ in NEWEST_SYMPOSIA.columns))
    if state is not None:
        statement = statement.where(ROUND_TABLES.symposium.c.state == state)
    items, following, total = await counted_page(
        SYMPOSIA,
        parts.database,
        statement,
        caller.scope,
        NEWEST_SYMPOSIA,
        limit=limit,
        cursor=cursor,
        filters={} if state is None else {"state": state},
    )
    now = parts.clock.now()
    return CountedPage.of(
        [symposium_view(item, parts.rulebook.rules, now, caller) for item in items], following, total
    )


@router.get(
    "/symposia/{symposium_id}",
    operation_id="getSymposium",
    summary="查看一次座谈会",
    responses=answering(200, ETAG),
)
async def get_symposium(
    symposium_id: UUID, caller: Reader, parts: Parts, response: Response
) -> models.SymposiumDetail:
    """Show a symposium with its minutes, findings and files."""
    item = await SYMPOSIA.find(parts.database, str(symposium_id), caller.scope)
    set_etag(response, item.version)
    named = named_by(parts.rulebook.rules)
    return models.SymposiumDetail(
        **fields_of(item),
        minutes=item.minutes,
        findings=[
            models.FindingView(
                number=finding.number,
                text=finding.text,
                noted_at=finding.noted_at,
                person=named(finding.noted_by),
                grievance_id=finding.grievance_id,
            )
            for finding in item.findings
        ],
        files=list(file_views(item.files)),
    )


@router.get(
    "/symposia/{symposium_id}/actions",
    operation_id="listSymposiumActions",
    summary="查看一次座谈会现在可办理的事项",
    responses=answering(200, ETAG),
)
async def list_actions(
    symposium_id: UUID, caller: Reader, parts: Parts, response: Response, withheld: QueryFlag = False
) -> Actions:
    """List what the caller may do to a symposium now."""
    item = await SYMPOSIA.find(parts.database, str(symposium_id), caller.scope)
    set_etag(response, item.version)
    return COMMANDS.actions(item, caller, parts.clock.now(), parts.rulebook, explain=withheld)
