"""The digest of a request, by which a repetition is told from another request under the same key."""

import asyncio
import hashlib

from fastapi import Request
from starlette.datastructures import UploadFile

from libs.common.http.forms import FORM_LIMITS, MULTIPART, URLENCODED, media_type


async def request_hash(request: Request) -> str:
    """Return the digest of a request's address, query and body."""
    scope = request.scope
    digest = hashlib.sha256(f"{scope['method']} {scope['path']}?".encode() + scope["query_string"] + b"\n")
    kind = media_type(request.headers.get("content-type", "").encode("latin-1"))
    if kind in (MULTIPART, URLENCODED):
        # The boundary differs each time a client sends the same form, so the fields are hashed, not the bytes;
        # and a route that takes a form has read these two kinds by now.
        for name, value in (await request.form(**FORM_LIMITS)).multi_items():
            if isinstance(value, UploadFile):
                digest.update(f"\n{name}\n{value.filename}\n{value.size}\n".encode())
                await asyncio.to_thread(_update, digest, value)
            else:
                digest.update(f"\n{name}\n{len(value)}\n{value}".encode())
    else:
        digest.update(await request.body())
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", upload: UploadFile) -> None:
    while chunk := upload.file.read(1 << 20):
        digest.update(chunk)
    upload.file.seek(0)
