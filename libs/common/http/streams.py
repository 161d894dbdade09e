"""Files as answers."""

from collections.abc import Iterator, Mapping
from typing import IO

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

_PIECE = 65_536


class OpenFile(StreamingResponse):
    """Sends an open file and always closes it, also for HEAD and when the client disconnects."""

    def __init__(self, file: IO[bytes], *, media_type: str, headers: Mapping[str, str]) -> None:
        self._file = file
        super().__init__(self._pieces(), media_type=media_type, headers=headers)

    def _pieces(self) -> Iterator[bytes]:
        while piece := self._file.read(_PIECE):
            yield piece

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with self._file:
            await super().__call__(scope, receive, send)
