"""The route that sends the file of a link."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse

from libs.common.http.auth import public
from libs.common.objects.files import Files
from libs.common.objects.links import LONGEST_TOKEN
from libs.common.objects.sniffing import MediaType

router = APIRouter(prefix="/v1/files", tags=["附件"])


@router.get(
    "/{token}",
    operation_id="downloadFile",
    summary="下载附件",
    dependencies=[Depends(public)],
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                media_type.value: {"schema": {"type": "string", "format": "binary"}}
                for media_type in MediaType
            },
            "description": "附件内容",
        }
    },
)
async def download(
    request: Request, token: Annotated[str, Path(max_length=LONGEST_TOKEN)]
) -> StreamingResponse:
    """Send the file of a short-lived link; the link is all the leave that is needed. Raises `link-expired`."""
    files: Files = request.app.state.files
    linked = await files.links.follow(token)
    headers = {
        "content-length": str(linked.size),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(linked.file_name)}",
        # The type is that of the content, never HTML.
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-store",
    }
    return StreamingResponse(linked.chunks, media_type=linked.media_type, headers=headers)
