"""One stream of the metrics service for all boards of this process: their number costs no connection to it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import httpx
import structlog

from libs.common.clock import Clock
from libs.common.http.quotas import AT_ONCE_RETRY_SECONDS, TOO_MANY_AT_ONCE
from libs.common.problems import Problem, define
from libs.pages.sessions import Session
from libs.pages.upstreams import SignedOutError, Upstream
from services.metrics.http.models import Reach

log = structlog.get_logger(__name__)

BOARDS_FULL = define("boards-full", 503, "打开看板的人较多")
STREAM = "/v1/board/stream"
MOST_OF_ONE = 10
MOST_BOARDS = 500
RETRY_SECONDS = 30
_LONGEST_EVENT = 65_536


class Board:
    """One open board: whose it is, and the event that it has not been sent yet; older ones it does not miss."""

    def __init__(self, session: Session, seconds: float, seen: str | None) -> None:
        self.session = session
        self._seconds = seconds
        self._seen = seen
        self._next: bytes | None = None
        self._changed = asyncio.Event()
        self.has_ended = False

    def show(self, event: bytes) -> None:
        """Send an event, in place of one that still waits."""
        self._next = event
        self._changed.set()

    def greet(self, event: bytes, version: str) -> None:
        """Send the present event, unless the browser has seen it."""
        if version != self._seen:
            self.show(event)

    def end(self) -> None:
        """End the stream; the browser opens it again, if its session lets it."""
        self.has_ended = True
        self._changed.set()

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Give events until the session ends, or the feed does."""
        until = asyncio.get_running_loop().time() + self._seconds
        while not self.has_ended:
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                return
            self._changed.clear()
            event, self._next = self._next, None
            if event is not None and not self.has_ended:
                yield event


class Feed:
    """Reads the stream with the token of one who listens, as long as that one does; then with another's."""

    def __init__(self, metrics: Upstream, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._boards: dict[Board, None] = {}
        self._present: tuple[bytes, str] | None = None
        self._reading: asyncio.Task[None] | None = None
        # The one whose token is used, and what passes its events on.
        self._lent: tuple[Board, asyncio.Task[bool]] | None = None

    @asynccontextmanager
    async def open(self, session: Session, seen: str | None) -> AsyncIterator[Board]:
        """Open a board until the block ends; `seen` is the version that its browser has.

        Raises SignedOutError and what the metrics service says to this session, `too-many-at-once`, `boards-full`.
        """
        if sum(board.session.subject == session.subject for board in self._boards) >= MOST_OF_ONE:
            raise TOO_MANY_AT_ONCE(
                f"同一账号同时至多打开 {MOST_OF_ONE} 个看板，请先关闭不用的",
                headers={"Retry-After": str(AT_ONCE_RETRY_SECONDS)},
            )
        if len(self._boards) >= MOST_BOARDS:
            raise BOARDS_FULL("请稍后重试", headers={"Retry-After": str(RETRY_SECONDS)})
        board = Board(session, session.expires - self._clock.now().timestamp(), seen)
        self._boards[board] = None
        try:
            # What others' tokens may read is not yet what this one may.
            await self._metrics.get("/v1/watermark/hookup", session, Reach)
            if self._present is not None:
                board.greet(*self._present)
            if self._reading is None:
                self._reading = asyncio.create_task(self._read())
            yield board
        finally:
            del self._boards[board]
            if self._lent is not None and self._lent[0] is board:
                self._lent[1].cancel()

    def end(self, session: Session) -> None:
        """End the boards of a session, which signs out."""
        for board in self._boards:
            if board.session.id == session.id:
                board.end()

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _read(self) -> None:
        try:
            while (lender := self._next_lender()) is not None:
                relay = asyncio.create_task(self._relay(lender.session))
                self._lent = lender, relay
                await asyncio.wait({relay})
                if relay.cancelled():
                    continue
                try:
                    if not relay.result():
                        return
                except SignedOutError:
                    lender.end()
                except Problem as problem:
                    if problem.kind.status >= 500:
                        raise
                    lender.end()
        except (Problem, httpx.TransportError) as error:
            # The browsers say that the connection is lost, and come back.
            log.warning("board_stream_lost", error=repr(error))
        finally:
            lent = self._lent
            self._reading = self._lent = self._present = None
            for board in self._boards:
                board.end()
            if lent is not None:
                lent[1].cancel()
                await asyncio.wait({lent[1]})

    def _next_lender(self) -> Board | None:
        now = self._clock.now().timestamp()
        return next(
            (board for board in self._boards if not board.has_ended and board.session.expires > now), None
        )

    async def _relay(self, session: Session) -> bool:
        """Pass events on while the stream lasts; tell whether it gave any."""
        headers = {"Accept": "text/event-stream"}
        if self._present is not None:
            headers["Last-Event-ID"] = self._present[1]
        _, pieces = await self._metrics.open(STREAM, session, headers=headers)
        gave = False
        async with aclosing(_events(pieces)) as events:
            async for event in events:
                gave = True
                self._present = event
                for board in self._boards:
                    board.show(event[0])
        return gave


async def _events(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[tuple[bytes, str], None]:
    """Give the events of a stream, each with its id; what is no event, such as a comment, is left out."""
    pending = b""
    async with aclosing(pieces):
        async for piece in pieces:
            *blocks, pending = (pending + piece).split(b"\n\n")
            if len(pending) > _LONGEST_EVENT:
                return
            for block in blocks:
                lines = block.split(b"\n")
                if any(line.startswith(b"data:") for line in lines):
                    ids = [line[3:].strip().decode() for line in lines if line.startswith(b"id:")]
                    yield block + b"\n\n", ids[-1] if ids else ""
