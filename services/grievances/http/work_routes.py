"""Work lists of grievances, files, and how the staff work together on them."""

import asyncio
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile

from libs.casework.domain.work import due_soon_until
from libs.casework.http.assignment import AssignmentRoles, add_assignment_commands, add_watch_commands
from libs.casework.http.files import FILE_BODY, FileLink, link_file, take_file
from libs.casework.http.notes import NotesView, add_note_commands, note_views
from libs.casework.http.staff import add_staff_routes
from libs.casework.http.updates import add_update_marks
from libs.casework.http.work_lists import counts_view
from libs.casework.storage.work_lists import WorkFilters
from libs.common.aggregate import Stead
from libs.common.auth.callers import OFFICIALS, Caller, Role, ScopeKind
from libs.common.http.actions import Chosen, Offer
from libs.common.http.auth import require
from libs.common.http.commands import By
from libs.common.http.cursors import Page
from libs.common.http.fields import Code, QueryFlag
from libs.common.http.idempotency import Once
from libs.common.objects import MediaType, StoredFile
from libs.common.objects.files import FILE_KIND
from libs.common.objects.metadata import without_metadata
from libs.common.objects.sniffing import sniff
from libs.common.places import Supply
from libs.common.problems import NOT_FOUND
from services.grievances.domain.files import File
from services.grievances.domain.grievance import Grievance
from services.grievances.domain.values.kinds import FILE_NAMES, FileKind, GrievanceKind
from services.grievances.domain.values.states import Turn, Verb, WorkKind
from services.grievances.http import models
from services.grievances.http.commands import (
    COMMANDS,
    REPORTERS,
    TEAM,
    Given,
    GrievanceCommand,
    Parts,
    Staff,
)
from services.grievances.http.people import names_of
from services.grievances.http.views import FILE_READERS, event_view_fields, may_open, work_row
from services.grievances.storage.grievances import GRIEVANCES, WORK
from services.grievances.storage.tables import STAFF, UPDATES

router = APIRouter(prefix="/v1", tags=["诉求待办与协作"])
_PICTURES = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.HEIC})
_ASSIGNERS = (Role.CLERK, Role.APPROVER)
_TAKERS = (Role.CITIZEN, Role.WINDOW, Role.CLERK)


def _people(item: Grievance, at: Given) -> Chosen:
    return at.rules.staff.get(item.utility or "", {}).items()


add_assignment_commands(COMMANDS, router, "Grievance", AssignmentRoles(_ASSIGNERS, _ASSIGNERS), TEAM, _people)
add_note_commands(COMMANDS, router, OFFICIALS, TEAM, _people)
add_watch_commands(COMMANDS, router, "Grievance", OFFICIALS, TEAM)
add_staff_routes(router, STAFF)
_uploading = By(
    COMMANDS,
    Verb.ADD_FILE,
    *_TAKERS,
    offer=Offer(
        REPORTERS,
        targets={"kind": lambda _item, _at: FILE_NAMES.items()},
        target_label="附件",
        otherwise="此件已结束",
    ),
    stead=Stead.MARK,
)


@COMMANDS.post(
    router,
    _uploading,
    "files/{kind}",
    "uploadGrievanceFile",
    "提交附件",
    takes_file=True,
    openapi_extra=FILE_BODY,
)
async def upload(
    request: Request,
    kind: FileKind,
    file: UploadFile,
    command: Annotated[GrievanceCommand, Depends(_uploading)],
) -> Response:
    """Hand in a photo or a document; what it is, its content says. A picture is kept without its metadata."""
    if await asyncio.to_thread(sniff, file.file) in _PICTURES:
        picture = await asyncio.to_thread(without_metadata, file.file)
        if picture is None:
            raise FILE_KIND("图片须是完好的 JPEG 或 PNG，请另存后重新上传")
        file = UploadFile(picture, filename=file.filename)

    def taking(item: Grievance, file_id: str, key: str, stored: StoredFile, at: Given) -> None:
        content = stored.media_type, stored.size, stored.sha256
        is_evidence = at.caller.scope.kind is ScopeKind.UTILITY
        item.take_file(File(file_id, kind, key, *content, at.now, at.subject, is_evidence), at.rules)

    return await take_file(request, file, command, taking)


@router.post(
    "/grievances/{grievance_id}/files/{file_id}/link",
    operation_id="linkGrievanceFile",
    summary="获取附件的下载链接",
    response_model=FileLink,
)
async def link(
    request: Request,
    grievance_id: UUID,
    file_id: UUID,
    caller: Annotated[Caller, require(*FILE_READERS, Role.CITIZEN, of=GRIEVANCES.scopes)],
    once: Once,
    parts: Parts,
) -> Response:
    """Make a short-lived link to a file: for who works on the grievance, and for who handed it in."""

    def give(item: Grievance) -> tuple[File, str, timedelta]:
        file = next((file for file in item.files if file.id == str(file_id)), None)
        if file is None or not may_open(item, file, caller):
            raise NOT_FOUND("此件没有这个附件")
        minutes = parts.rulebook.rules.process.link_minutes
        return file, f"{item.number}-{FILE_NAMES[file.kind]}", timedelta(minutes=minutes)

    return await link_file(request, caller, once, GRIEVANCES, str(grievance_id), give, lambda item: [item.id])


@router.get("/grievances/{grievance_id}/notes", operation_id="listNotes", summary="查看内部备注")
async def list_notes(grievance_id: UUID, caller: Staff, parts: Parts) -> NotesView:
    """List the internal notes of a grievance; what was retracted is readable for who supervises."""
    item = await GRIEVANCES.find(parts.database, str(grievance_id), caller.scope)
    names = names_of(item, parts.rulebook.rules)
    return NotesView(items=note_views(item, caller, parts.clock.now(), names))


async def work_filters(
    kind: GrievanceKind | None = None,
    district: Code | None = None,
    utility: Code | None = None,
    supply: Supply | None = None,
    overdue: QueryFlag | None = None,
    mine: Annotated[QueryFlag | None, Query(description="That the caller works on; false: others")] = None,
    task: Annotated[
        WorkKind | None, Query(description="With a task of this kind for those whose list it is")
    ] = None,
) -> WorkFilters:
    """Return what work lists are narrowed to."""
    values = {"kind": kind, "district": district, "utility": utility, "supply": supply}
    return WorkFilters(values, overdue, mine, task)


Filters = Annotated[WorkFilters, Depends(work_filters)]


@router.get("/grievance-work-list", operation_id="listGrievanceWork", summary="诉求待办清单")
async def list_work(
    caller: Staff,
    parts: Parts,
    filters: Filters,
    whose: Annotated[Turn, Query(description="Whose turn it is")] = Turn.HANDLER,
    after: Annotated[
        UUID | None,
        Query(description="Begin after this one; at the first one where the list does not have it"),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> Page[models.GrievanceWorkRow]:
    """List the grievances that wait for somebody, by what is due of them first."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    items, following = await WORK.page(
        parts.database, caller, whose, filters, now, limit=limit, cursor=cursor, after=after
    )
    return Page(items=[work_row(item, rules, whose, now, caller) for item in items], next=following)


@router.get("/grievance-work-list/counts", operation_id="countGrievanceWork", summary="诉求各待办清单的件数")
async def count_work(caller: Staff, parts: Parts, filters: Filters) -> models.GrievanceWorkCounts:
    """Count the grievances on each work list, as `listGrievanceWork` lists them to the caller."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    soon = due_soon_until(now, rules.calendar, rules.process.hours)
    counts = await WORK.counts(parts.database, caller, filters, now, soon)
    return counts_view(models.GrievanceWorkCounts, counts, now)


@router.get("/updates", operation_id="listUpdates", summary="查看关注诉求的更新")
async def list_updates(
    caller: Staff,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: str | None = None,
) -> models.GrievanceUpdates:
    """List what happened in the last 90 days to the grievances that one watches, the newest first."""
    now, rules = parts.clock.now(), parts.rulebook.rules
    rows, following = await UPDATES.page(parts.database, GRIEVANCES, caller, now, limit=limit, cursor=cursor)
    async with parts.database.reading() as connection:
        unread = await UPDATES.unread(connection, GRIEVANCES, caller, now)
    items = [
        models.GrievanceUpdate(
            **event_view_fields(row, caller, rules),
            position=row.seq,
            unread=row.is_unread,
            grievance_id=row.case_id,
            grievance_number=msgspec.json.decode(row.payload)["grievance_number"],
        )
        for row in rows
    ]
    return models.GrievanceUpdates(items=items, next=following, unread=unread)


add_update_marks(router, UPDATES, GRIEVANCES)
