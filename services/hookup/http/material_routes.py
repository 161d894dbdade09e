"""Routes of application materials (申请材料): the lists, a case's files, and links to them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, UploadFile

from libs.casework.http.files import FILE_BODY, FileLink, link_file, take_file
from libs.common.aggregate import Stead
from libs.common.auth.callers import EVERYONE, Caller, Role
from libs.common.clock import local
from libs.common.http.auth import FORBIDDEN, require
from libs.common.http.commands import By
from libs.common.http.idempotency import Once
from libs.common.objects import StoredFile
from libs.common.places import Supply
from libs.common.problems import NOT_FOUND
from services.hookup.domain.case import Case
from services.hookup.domain.values.channels import Channel
from services.hookup.domain.values.materials import MATERIAL_NAMES, MaterialFile, MaterialKind
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs.materials import attach_evidence, attach_permit_file, receive_material
from services.hookup.http import offers
from services.hookup.http.allowed import may_open
from services.hookup.http.commands import APPLICANT, COUNTER, HELPERS, HOOKUPS, CaseCommand, Given, Parts
from services.hookup.http.material_models import ListedMaterialView, MaterialListView
from services.hookup.storage.cases import CASES

router = APIRouter(prefix="/v1", tags=["申请材料"])
_taking_file = partial(
    HOOKUPS.post,
    router,
    takes_file=True,
    openapi_extra=FILE_BODY,
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
    supply: Supply | None = None,
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
                    kind=material.kind,
                    name=MATERIAL_NAMES[material.kind],
                    required=material.required,
                    shared_from=material.shared_from,
                    note=material.note,
                )
                for material in materials
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
    return await _take(request, kind, file, command, receive_material)


@_taking_file(_attaching_permit_file, "permit-files/{kind}", "attachPermitFile", "上传报审图件")
async def attach(
    request: Request,
    kind: MaterialKind,
    file: UploadFile,
    command: Annotated[CaseCommand, Depends(_attaching_permit_file)],
) -> Response:
    """Add a file that authorities need for permits, as the drawing; the user is not asked for it."""
    return await _take(request, kind, file, command, attach_permit_file)


@_taking_file(_attaching_evidence, "evidence", "attachEvidence", "上传依据材料")
async def attach_evidence_file(
    request: Request, file: UploadFile, command: Annotated[CaseCommand, Depends(_attaching_evidence)]
) -> Response:
    """Add a file that a pause, a special case or a late entry then names by its id: the last of `materials`."""
    return await _take(request, MaterialKind.EVIDENCE, file, command, attach_evidence)


async def _take(
    request: Request,
    kind: MaterialKind,
    file: UploadFile,
    command: CaseCommand,
    take: Callable[[Case, MaterialFile, Rules], None],
) -> Response:
    def taking(case: Case, file_id: str, key: str, stored: StoredFile, at: Given) -> None:
        content = stored.media_type, stored.size, stored.sha256
        take(case, MaterialFile(file_id, kind, key, *content, at.now, at.subject), at.rules)

    return await take_file(request, file, command, taking)


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

    def give(case: Case) -> tuple[MaterialFile, str, timedelta]:
        file = next((file for file in case.materials if file.id == str(file_id)), None)
        if file is None:
            raise NOT_FOUND("此件没有这个文件")
        if not may_open(file, case, caller):
            raise FORBIDDEN("用户的材料只供办理此件的人员和用户本人查看")
        minutes = parts.rulebook.of(case).materials.link_minutes
        return file, f"{case.number}-{MATERIAL_NAMES[file.kind]}", timedelta(minutes=minutes)

    return await link_file(request, caller, once, CASES, str(case_id), give)
