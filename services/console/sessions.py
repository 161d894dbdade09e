"""The sessions of staff, kept where all replicas see them: an end is one everywhere, whoever has copied the cookie.

Each minute in which it is used, a session asks the issuer for its token anew (ADR 12): roles that were taken, and
accounts that were closed, count no longer than that.
"""

import asyncio
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog
import uuid_utils
from sqlalchemy import bindparam, delete, insert, or_, select, update
from starlette.requests import Request

from libs.common.auth.callers import ROLE_NAMES
from libs.common.auth.id_tokens import Logout
from libs.common.auth.tokens import LEEWAY_SECONDS
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.pages.sessions import AUTOMATIC, Cookies, Seal, Session, SessionId, new_secret
from services.console.oidc import Granted, Issuer, NotRenewedError
from services.console.settings import Settings
from services.console.storage.tables import session as table

log = structlog.get_logger(__name__)

# Half a year of sign-ins is kept for the audit (GB/T 22239 level 3: six months of logs).
KEPT: Final = timedelta(days=200)
SEEN_EVERY: Final = timedelta(seconds=60)
# Each renewal holds a connection while the issuer answers; of those that there are, the rest stays for reading.
MOST_RENEWALS: Final = 8

_FIND: Final = select(table).where(table.c.id == bindparam("session_id"))


class _Kept(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """What is sealed of a session."""

    session: Session
    refresh_token: str


class KeptSessions:
    """Starts, finds, renews and ends sessions."""

    def __init__(
        self,
        database: Database,
        issuer: Issuer,
        seal: Seal,
        cookies: Cookies,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._database = database
        self._issuer = issuer
        self._seal = seal
        self._cookies = cookies
        self._clock = clock
        self._renewals = asyncio.Semaphore(MOST_RENEWALS)
        self._idle = timedelta(minutes=settings.idle_minutes)
        self._longest = timedelta(hours=settings.session_hours)

    async def start(self, granted: Granted, place: str) -> tuple[Session, SessionId]:
        """Keep a new session; return it, and what its cookie holds. `place` is what its scope is called."""
        now = self._clock.now()
        caller = granted.caller
        session = Session(
            id=str(uuid_utils.uuid7()),
            subject=caller.subject,
            name=caller.name or _roles(caller.roles),
            place=place,
            scope_kind=caller.scope.kind,
            scope_code=caller.scope.code,
            roles=caller.roles,
            access_token=granted.access_token,
            csrf=new_secret(),
            expires=granted.expires,
        )
        # Whoever left without a word: nobody asks for their sessions again, and their tokens must not stay.
        unused = or_(table.c.seen_at <= now - self._idle, table.c.started_at <= now - self._longest)
        await self._close("unused", unused)
        async with self._database.unit_of_work(now) as work:
            await work.connection.execute(delete(table).where(table.c.started_at < now - KEPT))
            row = row_of(self._seal, session, granted.refresh_token, granted.issuer_session, now)
            await work.connection.execute(insert(table).values(row))
        log.info("session_started", subject=session.subject, session=session.id, roles=sorted(session.roles))
        return session, SessionId(id=session.id, expires=int((now + self._longest).timestamp()))

    async def current(self, request: Request) -> Session | None:
        """Return the session of a request, renewed where that is due; None if there is none or it has ended.

        Raises `issuer-unavailable` where it is due and the issuer does not answer.
        """
        key = self._cookies.read(request, SessionId)
        if key is None:
            return None
        async with self._database.reading() as connection:
            row = (await connection.execute(_FIND, {"session_id": key.id})).mappings().one_or_none()
        kept = self._kept(row)
        if row is None or kept is None:
            return None
        now = self._clock.now()
        if reason := self._over(row, now):
            await self._end(key.id, reason)
            return None
        if now.timestamp() >= kept.session.expires:
            kept = await self._renewed(key.id)
            if kept is None:
                return None
        if not _is_automatic(request) and now - row["seen_at"] >= SEEN_EVERY:
            async with self._database.unit_of_work(now) as work:
                await work.connection.execute(update(table).where(table.c.id == key.id).values(seen_at=now))
        return kept.session

    async def leave(self, request: Request, reason: str) -> None:
        """End the session of a request, if it has one."""
        key = self._cookies.read(request, SessionId)
        if key is not None:
            await self._end(key.id, reason)

    async def log_out(self, logout: Logout) -> int:
        """End the sessions that the issuer has ended; return how many.

        Those that started after the logout token was issued stay, so that a repeated token ends nothing new.
        """
        issued = datetime.fromtimestamp(logout.issued + LEEWAY_SECONDS, UTC)
        whose = [table.c.started_at <= issued]
        if logout.session is not None:
            whose.append(table.c.issuer_session == logout.session)
        if logout.subject is not None:
            whose.append(table.c.subject == logout.subject)
        return await self._close("issuer", *whose)

    def _kept(self, row: Mapping[Any, Any] | None) -> _Kept | None:
        """Return what is kept of a session that has not ended."""
        if row is None or row["content"] is None:
            return None
        kept = self._seal.opened(row["content"], _Kept)
        # Who can write to the table must not give one user the session of another.
        return kept if kept is not None and kept.session.id == row["id"] else None

    def _over(self, row: Mapping[Any, Any], now: datetime) -> str | None:
        if now - row["started_at"] >= self._longest:
            return "too_long"
        return "idle" if now - row["seen_at"] >= self._idle else None

    async def _renewed(self, session_id: str) -> _Kept | None:
        """Ask the issuer for the session's token anew; None when it refuses, and the session has ended.

        The row is locked meanwhile: most issuers take a refresh token once, and end all of its sign-in when it comes
        again.
        """
        now = self._clock.now()
        try:
            async with self._renewals, self._database.unit_of_work(now) as work:
                row = await work.one(_FIND, {"session_id": session_id})
                kept = self._kept(row)
                if kept is None or now.timestamp() < kept.session.expires:
                    return kept
                return await self._renew(work, kept)
        except NotRenewedError as error:
            log.info("session_not_renewed", session=session_id, reason=str(error))
            await self._end(session_id, "refused")
            return None

    async def _renew(self, work: UnitOfWork, kept: _Kept) -> _Kept:
        granted = await self._issuer.renew(kept.refresh_token, kept.session.subject)
        caller, before = granted.caller, kept.session
        if (caller.scope.kind, caller.scope.code) != (before.scope_kind, before.scope_code):
            # A page of the one place would be sent for the other.
            raise NotRenewedError("the place is another")
        if caller.roles != before.roles:
            log.info("roles_changed", subject=before.subject, session=before.id, roles=sorted(caller.roles))
        session = msgspec.structs.replace(
            before, roles=caller.roles, access_token=granted.access_token, expires=granted.expires
        )
        renewed = _Kept(session=session, refresh_token=granted.refresh_token or kept.refresh_token)
        await work.connection.execute(
            update(table).where(table.c.id == before.id).values(content=self._seal.sealed(renewed))
        )
        return renewed

    async def _end(self, session_id: str, reason: str) -> None:
        await self._close(reason, table.c.id == session_id)

    async def _close(self, reason: str, *whose: Any) -> int:
        now = self._clock.now()
        ending = (
            update(table)
            .where(table.c.ended_at.is_(None), *whose)
            .values(ended_at=now, reason=reason, content=None)
            .returning(table.c.id, table.c.subject)
        )
        async with self._database.unit_of_work(now) as work:
            ended = (await work.connection.execute(ending)).all()
        for session_id, subject in ended:
            log.info("session_ended", subject=subject, session=session_id, reason=reason)
        return len(ended)


def row_of(
    seal: Seal, session: Session, refresh_token: str, issuer_session: str | None, now: datetime
) -> dict[str, Any]:
    """Return the row of a session that starts now."""
    return {
        "id": session.id,
        "subject": session.subject,
        "issuer_session": issuer_session,
        "started_at": now,
        "seen_at": now,
        "content": seal.sealed(_Kept(session=session, refresh_token=refresh_token)),
    }


def _is_automatic(request: Request) -> bool:
    return AUTOMATIC in request.headers or request.headers.get("accept") == "text/event-stream"


def _roles(roles: Container[str]) -> str:
    """Return what an account without a display name is, in words."""
    return "、".join(name for role, name in ROLE_NAMES.items() if role in roles)
