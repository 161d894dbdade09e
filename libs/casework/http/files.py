"""The HTTP API of a case's files: upload by a command, download by a short-lived link."""

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
import uuid_utils
from fastapi import Request, Response, UploadFile
from pydantic import BaseModel, Field

from libs.casework.domain.materials import MaterialFile
from libs.common.aggregate import Aggregate
from libs.common.audit.log import file_recorded
from libs.common.auth.callers import Caller
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import select_records, text_of
from libs.common.http.command import Command, Given
from libs.common.http.idempotency import Answer, Idempotent
from libs.common.http.middleware import MEBIBYTE, body_limit
from libs.common.objects import Files, MediaType, ObjectStore, StoredFile
from libs.common.problems import Problem
from libs.common.rules import RuleError
from libs.common.settings import LARGEST_FILE_MB
from libs.common.store import Store

log = structlog.get_logger(__name__)

C = TypeVar("C", bound=Aggregate[Any, Any])

FILE_PURPOSE: Final = "FILE"
"""What a file of a case is taken for, on the audit record."""
# The body limit of uploads: the form around the file adds some bytes.
FILE_BODY = body_limit((LARGEST_FILE_MB + 1) * MEBIBYTE)


class FileLink(BaseModel):
    """Where a file can be downloaded until the link expires, by who has it; relative to this service's address."""

    url: str = Field(examples=["/v1/files/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"])
    expires_at: datetime


async def take_file(
    request: Request,
    file: UploadFile,
    command: Command[C, Any, Any],
    take: Callable[[C, str, str, StoredFile, Given[Any, Any]], None],
) -> Response:
    """Store a file, then add it to the case by `take(case, id, key, stored, at)`; delete it if that fails."""
    files: Files = request.app.state.files
    store = command.commands.store
    file_id = str(uuid_utils.uuid7())
    key = f"{store.table.name.partition('_')[0]}/{command.aggregate_id}/{file_id}"
    stored = await files.keep(key, file.file)
    try:
        answer = await command(lambda case, at: take(case, file_id, key, stored, at))
    except (Problem, RuleError):
        await _drop(files.store, key)
        raise
    # A repeated request is answered with the first one's file: the new one is deleted unless the record has it.
    record = select_records(store.table).where(store.table.c.id == str(command.aggregate_id))
    database: Database = request.app.state.database
    async with database.reading() as connection:
        row = (await connection.execute(record)).mappings().one()
        if file_id not in text_of(store.table, row, database.records):
            await _drop(files.store, key)
    return answer


async def _drop(store: ObjectStore, key: str) -> None:
    # An orphaned file is not reachable; failing to delete it must not change the answer.
    with contextlib.suppress(Problem):
        await store.delete(key)


def link_to(request: Request, file: MaterialFile[Any], name: str, valid: timedelta) -> FileLink:
    """Return a short-lived link to a file, with its file name."""
    files: Files = request.app.state.files
    made = files.links.make(
        file.object_key,
        file_name=f"{name}{MediaType(file.media_type).extension}",
        media_type=file.media_type,
        valid=valid,
    )
    return FileLink(url=f"/v1/files/{made.token}", expires_at=made.expires_at)


async def link_file(
    request: Request,
    caller: Caller,
    once: Idempotent,
    store: Store[C, Any],
    case_id: str,
    give: Callable[[C], tuple[MaterialFile[Any], str, timedelta]],
    subjects: Callable[[C], Sequence[str]] = lambda _case: (),
) -> Response:
    """Return a short-lived link to a file of a case; that it was given is on the audit record, where there is one.

    `give(case)` returns the file, its name and the link's lifetime, or raises the problem for the caller; `subjects`
    are the ids of the persons whom its files are about.
    """

    async def action(work: UnitOfWork) -> Answer:
        case = await store.load(work, case_id, scope=caller.scope)
        file, name, valid = give(case)
        link = link_to(request, file, name, valid)
        log.info("material_link", case_id=case.id, file_id=file.id, kind=file.kind, subject=caller.subject)
        fields = (str(file.kind), f"file:{file.id}")
        await file_recorded(
            work, caller, request, purpose=FILE_PURPOSE, subjects=subjects(case), fields=fields
        )
        return Answer(link, changes=False)

    return await once(caller, action)
