"""Routes of application materials (申请材料): the lists, a case's files, and links to them."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

import structlog
import uuid_utils
from fastapi import APIRouter, Depends, Request, Response, UploadFile

from libs.common.aggregate import Stead
from libs.common.auth.callers import EVERYONE, Caller, Role
from libs.common.clock import local
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.auth import FORBIDDEN, require
from libs.common.http.commands import By
from libs.common.http.edge import MEBIBYTE, body_limit
from libs.common.http.idempotency import Answer, Once
from libs.common.objects import Files, MediaType, ObjectStore
from libs.common.places import Service
from libs.common.problems import NOT_FOUND, Problem
from libs.common.rules import RuleError
from libs.common.settings import LARGEST_FILE_MB
from services.hookup.domain.case import Case
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialFile, MaterialKind
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.materials import attach_evidence, attach_permit_file, receive_material
from services.hookup.http import offers
from services.hookup.http.allowed import may_open
from services.hookup.http.commands import APPLICANT, COUNTER, HELPERS, HOOKUPS, CaseCommand, Parts
from services.hookup.http.material_models import FileLink, ListedMaterialView, MaterialListView
from services.hookup.storage.cases import CASES

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/v1", tags=["申请材料"])
_taking_file = partial(
    HOOKUPS.post,
    router,
    takes_file=True,
    # The form around the file has some bytes of its own.
    openapi_extra=body_limit((LARGEST_FILE_MB + 1) * MEBIBYTE),
)
_uploading = By(HOOKUPS, Verb.ADD_MATERIAL, *APPLICANT, offer=offers.UPLOAD, stead=Stead.MARK)
_attaching_permit_file = By(HOOKUPS, Verb.ADD_EVIDENCE, *HELPERS, offer=offers.ATTACH_PERMIT_FILE)
_attaching_evidence = By(HOOKUPS, Verb.ADD_EVIDENCE, *HELPERS, offer=offers.ATTACH_EVIDENCE)
# Who may work on a case or decide on evidence; which file of which case is for them, the case says.
_Opener = Annotated[
    Caller,
    require(*COUNTER, Role.APPROVER, Role.AGENT, Role.SUPERVISOR, Role.CITIZEN, of=CASES.scopes),
]


@router.get("/material-lists", operation_id="getMaterialLists", summary="申请材料清单")
async def get_material_lists(
    _caller: Annotated[Caller, require(*EVERYONE)],
    parts: Parts,
    supply: Service | None = None,
    channel: Channel | None = None,
) -> list[MaterialListView]:
    """Return today's lists, of one supply or channel or of all: nothing beyond them may be asked for (HK-06)."""
    policy = parts.rulebook.materials(local(parts.clock.now()).date())
    return [
        MaterialListView(
            supply=of_supply,
            channel=of_channel,
            channel_name=CHANNEL_NAMES[Channel(of_channel)],
            version=policy.version,
            source_document=policy.source,
            materials=[
                ListedMaterialView(
                    kind=each.kind,
                    name=MATERIAL_NAMES[each.kind],
                    required=each.required,
                    shared_from=each.shared_from,
                    note=each.note,
                )
                for each in materials
            ],
        )
        for (of_supply, of_channel), materials in policy.lists.items()
        if supply in (None, of_supply) and channel in (None, of_channel)
    ]


@_taking_file(_uploading, "materials/{kind}", "uploadMaterial", "提交申请材料")
async def upload(
    request: Request,
    kind: MaterialKind,
    file: UploadFile,
    command: Annotated[CaseCommand, Depends(_uploading)],
) -> Response:
    """Hand in a file for a material of the case's list; what it is, its content says."""
    return await take_file(request, kind, file, command, receive_material)


@_taking_file(_attaching_permit_file, "permit-files/{kind}", "attachPermitFile", "上传报审图件")
async def attach(
    request: Request,
    kind: MaterialKind,
    file: UploadFile,
    command: Annotated[CaseCommand, Depends(_attaching_permit_file)],
) -> Response:
    """Add a file that authorities need for permits, as the drawing; the user is not asked for it."""
    return await take_file(request, kind, file, command, attach_permit_file)


@_taking_file(_attaching_evidence, "evidence", "attachEvidence", "上传依据材料")
async def attach_evidence_file(
    request: Request, file: UploadFile, command: Annotated[CaseCommand, Depends(_attaching_evidence)]
) -> Response:
    """Add a file that a pause, a special case or a late entry then names by its id: the last of `materials`."""
    return await take_file(request, MaterialKind.EVIDENCE, file, command, attach_evidence)


async def take_file(
    request: Request,
    kind: MaterialKind,
    file: UploadFile,
    command: CaseCommand,
    take: Callable[[Case, MaterialFile, Rules], None],
) -> Response:
    """Store a file, then let the case take it; it is deleted when the case does not."""
    files: Files = request.app.state.files
    file_id = str(uuid_utils.uuid7())
    key = f"hookup/{command.aggregate_id}/{file_id}"
    kept = await files.keep(key, file.file)
    subject = command.caller.subject
    try:
        answer = await command(
            lambda case, at: take(
                case,
                MaterialFile(
                    file_id,
                    kind,
                    key,
                    kept.media_type,
                    kept.size,
                    kept.sha256,
                    uploaded_at=at.now,
                    uploaded_by=subject,
                ),
                at.rules,
            )
        )
    except (Problem, RuleError):
        await _drop(files.store, key)
        raise
    if file_id.encode() not in answer.body:
        # A repetition: it is answered as the first time, with the file of then.
        await _drop(files.store, key)
    return answer


async def _drop(store: ObjectStore, key: str) -> None:
    # It is in no case, so nobody finds it; that it stays is no reason to give another answer.
    with contextlib.suppress(Problem):
        await store.delete(key)


@router.post(
    "/hookups/{case_id}/materials/{file_id}/link",
    operation_id="linkMaterial",
    summary="获取材料的下载链接",
    response_model=FileLink,
)
async def link(
    request: Request, case_id: UUID, file_id: UUID, caller: _Opener, once: Once, parts: Parts
) -> Response:
    """Make a short-lived link to a file of a case that the caller works on. Raises `not-found` and `forbidden`."""
    files: Files = request.app.state.files

    async def action(work: UnitOfWork) -> Answer:
        case = await CASES.load(work, str(case_id), place=caller.place)
        found = next((each for each in case.materials if each.id == str(file_id)), None)
        if found is None:
            raise NOT_FOUND("此件没有这个文件")
        if not may_open(found, case, caller):
            raise FORBIDDEN("申请人的材料只供办理此件的人员和申请人本人查看")
        made = files.links.make(
            found.object_key,
            file_name=f"{case.number}-{MATERIAL_NAMES[found.kind]}{MediaType(found.media_type).extension}",
            media_type=found.media_type,
            valid=timedelta(minutes=parts.rulebook.of(case).materials.link_minutes),
        )
        log.info("material_link", case_id=case.id, file_id=found.id, kind=found.kind, subject=caller.subject)
        return Answer(FileLink(url=f"/v1/files/{made.token}", expires_at=made.expires_at), changes=False)

    return await once(caller, action)
