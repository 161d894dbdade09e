"""Static files under names that change with their content, compressed once, and kept by browsers for a year."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PREFIX = "/static"
_FOREVER = "public, max-age=31536000, immutable"
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")


class MissingAssetError(LookupError):
    """A page needs a file that is not there; the text names it and says how it comes."""


@dataclass(frozen=True)
class _Asset:
    """One file: its content, read and compressed when first asked for."""

    path: Path

    @cached_property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:12]

    @cached_property
    def media_type(self) -> str:
        return mimetypes.guess_type(self.path.name)[0] or "application/octet-stream"

    @cached_property
    def compressed(self) -> bytes | None:
        """The content in gzip; None where that makes nothing smaller."""
        if not self.media_type.startswith(_COMPRESSIBLE):
            return None
        packed = gzip.compress(self.content, mtime=0)
        return packed if len(packed) < len(self.content) else None


class Assets:
    """The files of some folders: "" is the console's own, the others stand under the names of their services."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._assets = {
            "/".join(filter(None, (service, file.relative_to(folder).as_posix()))): _Asset(file)
            for service, folder in folders.items()
            for file in folder.rglob("*")
            if file.is_file()
        }

    def address(self, name: str) -> str:
        """Return the address of a file, as `vendor/htmx.min.js` or `metrics/board.js`. Raises MissingAssetError."""
        if name not in self._assets:
            raise MissingAssetError(f"{name} is not there; `python -m tools.setup` fetches what is not ours")
        stem, dot, ending = name.rpartition(".")
        return f"{PREFIX}/{stem}.{self._assets[name].digest}{dot}{ending}"

    def route(self) -> Route:
        """Return the route that serves them."""
        return Route(f"{PREFIX}/{{name:path}}", self._serve)

    async def _serve(self, request: Request) -> Response:
        stem, dot, ending = request.path_params["name"].rpartition(".")
        plain, _, digest = stem.rpartition(".")
        asset = self._assets.get(f"{plain}{dot}{ending}")
        if asset is None or asset.digest != digest:
            # The name of another release: a page that is still open asks for it once and goes on without.
            raise HTTPException(404)
        headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
        content = asset.content
        if asset.compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = asset.compressed, "gzip"
        return Response(content, media_type=asset.media_type, headers=headers)
