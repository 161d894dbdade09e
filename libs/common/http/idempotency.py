"""Idempotency of POST: the answer is stored under the Idempotency-Key, in the transaction of the effect.

A key belongs to a subject, the scope in which it acts, and an operation: the same characters used by another
subject, in another scope or for another operation are another key. Used for another request of the same operation
(another address, query or body) they are refused: `idempotency-key-reused`.
"""

import hashlib
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import bindparam, delete, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from libs.common.auth.callers import Caller
from libs.common.clock import Clock
from libs.common.database.engine import Database
from libs.common.database.tables import idempotency
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.ciphers import NotOpenedError
from libs.common.encryption.records import Records
from libs.common.encryption.values import Place
from libs.common.http.etags import etag
from libs.common.http.quotas import Quotas
from libs.common.http.request_hash import request_hash
from libs.common.http.views import encoded
from libs.common.personal_data import find_personal
from libs.common.problems import MEDIA_TYPE, Problem, define
from libs.common.rules import RuleError
from libs.common.telemetry import trace_id

KEY_MISSING = define("idempotency-key-missing", 400, "缺少 Idempotency-Key")
KEY_INVALID = define("idempotency-key-invalid", 422, "Idempotency-Key 不符合要求")
KEY_REUSED = define("idempotency-key-reused", 422, "Idempotency-Key 已用于另一请求")
ANSWER_NOT_KEPT = define("answer-not-kept", 409, "请求已办理，结果未留存")

# Larger answers are stored compressed: a case's view shrinks to an eighth.
PACKED_FROM = 16_384
MOST_KEPT = 262_144
"""The most bytes of an answer that are kept, packed or not."""
_PACKED = "x-sqn-packed"
_NOT_KEPT = "x-sqn-not-kept"
# The id of the key that the answer is sealed under, where the service has keys.
_SEALED = "x-sqn-sealed"
_MARKS = frozenset({_NOT_KEPT, _PACKED, _SEALED})
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_insert = insert(idempotency).values({column.name: bindparam(column.name) for column in idempotency.c})
_select = select(idempotency).where(
    idempotency.c.caller == bindparam("of_caller"), idempotency.c.key == bindparam("of_key")
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a command: a model, and the version and address of the created or changed resource.

    A `problem` instead of a model is a refusal whose attempt was recorded; it is stored like an answer. What
    `changes` nothing is not stored: a repetition computes it again.
    """

    model: BaseModel | None = None
    status: int = 200
    version: int | None = None
    location: str | None = None
    problem: Problem | None = None
    changes: bool = True
    applied_preference: str | None = None


MayKeep = Callable[[Caller, int], bool]
"""Tells whether so many bytes of an answer may be kept for a caller."""
Action = Callable[[UnitOfWork], Awaitable[Answer]]
T = TypeVar("T")


class Idempotent:
    """The dependency of a POST: call it with the caller and the action, and return what it returns.

    The action runs first and its answer is inserted last, so that a command which is not repeated pays one
    statement. A repetition, sequential or concurrent, fails at the key (PostgreSQL makes it wait for the
    first, SQLite has one writer) or in the action, at what the first one changed; either way its transaction
    is rolled back and the first one's answer is given, the same bytes. Hence an action must do nothing
    outside its unit of work. A command that fails keeps nothing and may be repeated.

    An answer that is too large, or exceeds its caller's quota, is stored without its body: a repetition gets
    `answer-not-kept`, with the version and the address of the created or changed resource.
    """

    __slots__ = ("_clock", "_database", "_hash", "_key", "_may_keep", "_operation")

    def __init__(
        self,
        database: Database,
        clock: Clock,
        operation: str,
        key: str,
        request_hash: str,
        may_keep: MayKeep = lambda _caller, _size: True,
    ) -> None:
        self._database = database
        self._clock = clock
        self._operation = operation
        self._key = key
        self._hash = request_hash
        self._may_keep = may_keep

    async def __call__(
        self, caller: Caller | None, action: Action, *, shared: bool = False, in_turn: str = ""
    ) -> Response:
        """Run the action once for this caller and key; None is for routes that are open to anyone.

        `shared` and `in_turn` are for actions that may share a transaction, see `Database.run`. Raises what the
        action raises, and `idempotency-key-reused`.
        """
        scope = self._scope(caller)
        now = self._clock.now()

        async def keeping(work: UnitOfWork) -> Response:
            answer = await action(work)
            body, status = _body(answer), answer.problem.kind.status if answer.problem else answer.status
            headers = _headers(answer)
            if answer.changes:
                stored, marks = self._stored(caller, scope, body)
                work.write(
                    _insert,
                    {
                        "caller": scope,
                        "key": self._key,
                        "request_hash": self._hash,
                        "status": status,
                        "headers": headers | marks,
                        "body": stored,
                        "created_at": now,
                    },
                )
            return Response(body, status, headers)

        try:
            return await self._database.run(now, keeping, shared=shared, in_turn=in_turn)
        except (Problem, RuleError, IntegrityError):
            answered = await self._stored_answer(scope)
            if answered is None:
                raise
            return answered

    async def after(
        self,
        caller: Caller | None,
        asking: Callable[[], Awaitable[T]],
        action: Callable[[UnitOfWork, T], Awaitable[Answer]],
    ) -> Response:
        """Run an action on what another system answers, which is asked before the transaction and not again.

        For what can be asked only once, such as a ticket. A repetition gets the first one's answer; so does one
        that runs at the same time and is refused by the other system, if the first has been stored by then. An
        action that conflicts with another one's rows runs once more, since its request cannot be repeated. Raises
        what `asking` and the action raise, and `idempotency-key-reused`.
        """
        scope = self._scope(caller)
        if (answered := await self._stored_answer(scope)) is not None:
            return answered
        try:
            asked = await asking()
        except Problem:
            if (answered := await self._stored_answer(scope)) is not None:
                return answered
            raise
        try:
            return await self(caller, lambda work: action(work, asked))
        except IntegrityError:
            return await self(caller, lambda work: action(work, asked))

    def _scope(self, caller: Caller | None) -> str:
        """Return the stored owner of a key: a digest of subject, scope and operation, since their lengths vary."""
        parts = [self._operation]
        if caller is not None:
            parts += [caller.subject, caller.scope.kind, caller.scope.code]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def _stored(self, caller: Caller | None, scope: str, body: bytes) -> tuple[bytes, dict[str, str]]:
        packed = zlib.compress(body, 1) if len(body) >= PACKED_FROM else body
        if len(packed) > MOST_KEPT or (caller is not None and not self._may_keep(caller, len(packed))):
            return b"", {_NOT_KEPT: "1"}
        marks = {} if packed is body else {_PACKED: "zlib"}
        records = self._database.records
        if body and records is not None and records.is_writing:
            packed = records.seal_bytes(_place(scope, self._key), packed)
            marks[_SEALED] = records.key_id
        return packed, marks

    async def _stored_answer(self, scope: str) -> Response | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_select, {"of_caller": scope, "of_key": self._key})).one_or_none()
        if row is None:
            return None
        if row.request_hash != self._hash:
            raise KEY_REUSED("同一个 Idempotency-Key 只能用于重复提交同一请求，请换用新的值")
        headers = {name: text for name, text in row.headers.items() if name not in _MARKS}
        body = kept_body(scope, self._key, row.headers, row.body, self._database.records)
        if body is None:
            kept_headers = {name: headers[name] for name in ("etag", "location") if name in headers}
            raise ANSWER_NOT_KEPT("此前已经办理成功，请重新读取查看结果", headers=kept_headers)
        return Response(body, row.status, headers)


def kept_body(
    caller: str, key: str, headers: Mapping[str, str], body: bytes, records: Records | None
) -> bytes | None:
    """Return the answer of a row of the table as it was given; None where it was not kept.

    Nor when its key has left since, or it was changed: the effect is there.
    """
    if _NOT_KEPT in headers:
        return None
    if _SEALED in headers:
        try:
            if records is None:
                return None
            body = records.open_bytes(_place(caller, key), headers[_SEALED], body)
        except NotOpenedError:
            return None
    return zlib.decompress(body) if _PACKED in headers else body


def _place(caller: str, key: str) -> Place:
    return Place(idempotency.name, "body", f"{caller} {key}", "")


def _body(answer: Answer) -> bytes:
    if answer.problem is not None:
        return msgspec.json.encode(answer.problem.document(trace_id()))
    return b"" if answer.model is None else encoded(answer.model)


def _headers(answer: Answer) -> dict[str, str]:
    headers = {}
    if answer.problem is not None:
        headers["content-type"] = MEDIA_TYPE
    elif answer.model is not None:
        headers["content-type"] = "application/json"
    if answer.version is not None:
        headers["etag"] = etag(answer.version)
    if answer.location is not None:
        headers["location"] = answer.location
    if answer.applied_preference is not None:
        headers["preference-applied"] = answer.applied_preference
    return headers


async def idempotent(request: Request) -> Idempotent:
    """Return the runner of this request's command. Raises `idempotency-key-missing` and `…-invalid`."""
    key = request.headers.get("idempotency-key")
    if key is None:
        raise KEY_MISSING("请为每次提交生成唯一的 Idempotency-Key，重试时沿用")
    if not _KEY.fullmatch(key):
        raise KEY_INVALID("须为 1 至 128 个可见 ASCII 字符")
    # The key is kept, and an object id holds any digits.
    if not _OBJECT_ID.fullmatch(key) and find_personal(key):
        raise KEY_INVALID("不能用手机号、证件号等作为 Idempotency-Key，请使用随机生成的 UUID")
    state, operation = request.app.state, request.scope["route"].operation_id or ""
    quotas: Quotas = state.quotas
    return Idempotent(
        state.database,
        state.clock,
        operation,
        key,
        await request_hash(request),
        lambda caller, size: quotas.may_keep(caller, operation, size),
    )


Once = Annotated[Idempotent, Depends(idempotent)]


async def purge(work: UnitOfWork, before: datetime, most: int = 1000) -> int:
    """Delete up to `most` answers that were given before an instant; return how many."""
    primary = (idempotency.c.caller, idempotency.c.key)
    old = (
        select(*primary)
        .where(idempotency.c.created_at < before)
        .order_by(idempotency.c.created_at)
        .limit(most)
    )
    result = await work.connection.execute(delete(idempotency).where(tuple_(*primary).in_(old)))
    return result.rowcount
