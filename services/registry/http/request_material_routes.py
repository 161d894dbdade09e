"""Files of requests: handed in by a party, given out by short-lived links."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, UploadFile
from fastapi import Request as HttpRequest

from libs.casework.http.files import FILE_BODY, FileLink, link_file, take_file
from libs.common.aggregate import Stead
from libs.common.auth.callers import Caller, Role
from libs.common.http.actions import Offer, doing
from libs.common.http.auth import require
from libs.common.http.commands import By
from libs.common.http.idempotency import Once
from libs.common.objects import StoredFile
from libs.common.problems import NOT_FOUND
from services.registry.domain.requests.policy import MaterialFile
from services.registry.domain.requests.request import Request
from services.registry.domain.requests.values import (
    MATERIAL_NAMES,
    MaterialKind,
    Party,
    RequestVerb,
    WorkKind,
)
from services.registry.http.request_commands import (
    PARTIES,
    PARTY,
    REQUEST_COMMANDS,
    Given,
    Parts,
    RequestCommand,
)
from services.registry.http.request_views import FILE_READERS, citizen_of, may_open
from services.registry.storage.requests import REQUESTS
from services.registry.usecases.standing import on_request

router = APIRouter(prefix="/v1", tags=["用户业务申请"])
_uploading = By(
    REQUEST_COMMANDS,
    RequestVerb.ADD_MATERIAL,
    *PARTY,
    offer=Offer(
        PARTIES,
        targets={
            "kind": lambda item, at: [
                (material.kind, MATERIAL_NAMES[material.kind])
                for material in at.rules.requests.material_list(item.kind).materials
                if material.shared_from is None
            ]
        },
        target_label="材料",
        otherwise="本项业务不需要提交材料",
        does=doing(WorkKind.HAND_IN),
    ),
    stead=Stead.MARK,
)


@REQUEST_COMMANDS.post(
    router,
    _uploading,
    "materials/{kind}",
    "uploadRequestMaterial",
    "提交申请材料",
    takes_file=True,
    openapi_extra=FILE_BODY,
)
async def upload(
    request: HttpRequest,
    kind: MaterialKind,
    file: UploadFile,
    command: Annotated[RequestCommand, Depends(_uploading)],
) -> Response:
    """Hand in a file for a material of the list; what it is, its content says."""

    def taking(item: Request, file_id: str, key: str, stored: StoredFile, at: Given) -> None:
        citizen = citizen_of(at.caller)
        party = None if citizen is None else item.party_of(citizen)
        content = stored.media_type, stored.size, stored.sha256
        item.receive_material(MaterialFile(file_id, kind, key, *content, at.now, at.subject, party), at.rules)

    return await take_file(request, file, command, taking)


@router.post(
    "/requests/{request_id}/materials/{file_id}/link",
    operation_id="linkRequestMaterial",
    summary="获取材料的下载链接",
    response_model=FileLink,
)
async def link(
    request: HttpRequest,
    request_id: UUID,
    file_id: UUID,
    caller: Annotated[Caller, require(*FILE_READERS, Role.CITIZEN, of=REQUESTS.scopes, for_others=True)],
    once: Once,
    parts: Parts,
) -> Response:
    """Make a short-lived link to a file: for who works on the request, and for the party that handed it in.

    A party does not see the other's papers (PIPL §6).
    """
    async with parts.database.reading() as connection:
        caller = await on_request(connection, caller, str(request_id), parts.clock.now())

    def give(item: Request) -> tuple[MaterialFile, str, timedelta]:
        file = next((file for file in item.materials if file.id == str(file_id)), None)
        if file is None or not may_open(file, item, caller):
            raise NOT_FOUND("此件没有这个文件")
        minutes = parts.rulebook.rules.requests.link_minutes
        return file, f"{item.number}-{MATERIAL_NAMES[file.kind]}", timedelta(minutes=minutes)

    def subjects(item: Request) -> list[str]:
        is_receivers = any(
            file.id == str(file_id) and file.party is Party.RECEIVER for file in item.materials
        )
        return [item.receiver_id if is_receivers and item.receiver_id else item.customer_id]

    return await link_file(request, caller, once, REQUESTS, str(request_id), give, subjects)
