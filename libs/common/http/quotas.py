"""Rate limits and concurrency limits of accounts, citizens and channels, by the policy `request_quotas`.

A rule is a token bucket of `requests` for each whom it counts, which refills evenly over `seconds`. Counts are in the
memory of a process: exact within it and without any SQL, so n replicas admit n times as much. A `shared` rule counts
in the database for all processes of the service: it costs a statement, after the others have admitted a request.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Literal

import msgspec
import structlog

from libs.common.auth.callers import Caller, ScopeKind
from libs.common.clock import Clock, local
from libs.common.database.engine import Database
from libs.common.http.buckets import LONGEST_NAME, Buckets, EmptyError, SharedBuckets, Taken
from libs.common.policy import PolicyBook, PolicyError, PolicyKind, PolicyVersion, stored_rows
from libs.common.policy_changes import PolicySet
from libs.common.problems import Problem, define

log = structlog.get_logger(__name__)

POLICY = "request_quotas"
TOO_MANY = define("too-many-requests", 429, "请求过于频繁")
TOO_MANY_AT_ONCE = define("too-many-at-once", 429, "同时进行的请求过多")

LOOK_AGAIN_SECONDS = 30.0
AT_ONCE_RETRY_SECONDS = 5
_READING = frozenset({"GET", "HEAD"})


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: its callers and operations, where empty means all, and its limits.

    `per` says whom it counts: an account, a citizen by all of their accounts, or a channel by its own account and by
    all citizens who signed in to it. `kept_bytes` limits the bytes of answers stored for repetitions instead of the
    number of requests.
    """

    name: str
    per: Literal["account", "citizen", "channel"] = "account"
    shared: bool = False
    places: frozenset[ScopeKind] = frozenset()
    operations: frozenset[str] = frozenset()
    method: Literal["read", "write"] | None = None
    requests: int | None = None
    kept_bytes: int | None = None
    seconds: int | None = None
    at_once: int | None = None

    def __post_init__(self) -> None:
        counts = [value for value in (self.requests, self.kept_bytes) if value is not None]
        if len(counts) > 1 or (len(counts) == 1) != (self.seconds is not None):
            raise ValueError(f"{self.name}: requests or kept_bytes, with seconds")
        if not counts and self.at_once is None:
            raise ValueError(f"{self.name} admits everything")
        if any(value is not None and value < 1 for value in (*counts, self.seconds, self.at_once)):
            raise ValueError(f"{self.name}: a number below 1")
        if self.shared and (self.requests is None or self.at_once is not None):
            raise ValueError(f"{self.name}: only requests are counted for all processes")
        if len(self.name) > LONGEST_NAME:
            raise ValueError(f"{self.name}: a name of more than {LONGEST_NAME} characters")

    def key(self, caller: Caller) -> tuple[str, str] | None:
        """Return the rule and whom a caller's request is counted for, None where it is not counted."""
        whom: str | None = caller.subject
        if self.per == "channel" and caller.scope.kind is ScopeKind.CITIZEN:
            whom = caller.channel
        elif self.per != "account":
            whom = caller.scope.code if caller.scope.kind == self.per else None
        return (self.name, whom) if whom else None

    def applies(self, caller: Caller, operation: str, method: str) -> bool:
        """Tell whether a request is counted by this rule."""
        return (
            self.key(caller) is not None
            and (not self.places or caller.scope.kind in self.places)
            and (not self.operations or operation in self.operations)
            and (self.method is None or (self.method == "read") is (method in _READING))
        )


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[Rule]


def quota_rules(version: PolicyVersion) -> Sequence[Rule]:
    """Read a version of the policy. Raises ValueError when its body is not right."""
    rules = msgspec.convert(version.body, _Body).rules
    if len({rule.name for rule in rules}) < len(rules):
        raise ValueError("two rules of one name")
    return rules


QUOTAS: PolicyKind[Sequence[Rule]] = PolicyKind(
    POLICY,
    "请求配额",
    quota_rules,
    {
        "rules": "规则",
        "name": "名称",
        "per": "按谁计数",
        "shared": "各进程合计",
        "places": "对谁",
        "operations": "操作",
        "method": "读或写",
        "requests": "次数",
        "kept_bytes": "保留答复（字节）",
        "seconds": "每（秒）",
        "at_once": "同时",
    },
)


async def _never(*_of: object) -> bool:
    """Nothing is ever judged by quotas."""
    return False


def quotas_only(path: Path) -> PolicySet:
    """Return the policies of a service whose only policy are the quotas in a file."""
    return PolicySet(path, (QUOTAS,), judged_by=_never, judged_since=_never)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one kind of request, by what they count; of buckets the rule, size and seconds."""

    rates: Sequence[tuple[Rule, int, int]]
    volumes: Sequence[tuple[Rule, int, int]]
    shared: Sequence[tuple[Rule, int, int]]
    at_once: Sequence[Rule]


class Quotas:
    """The quotas of one process. `shipped` are the versions that hold until the stored ones are read.

    Without `shared` buckets a shared rule counts in this process, as the others do.
    """

    def __init__(
        self,
        database: Database | None,
        clock: Clock,
        shipped: Sequence[PolicyVersion] = (),
        now: Callable[[], float] = monotonic,
        shared: SharedBuckets | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._now = now
        self._buckets = Buckets()
        self._shared = shared
        self._running: Counter[tuple[str, str]] = Counter()
        self._versions = PolicyBook((QUOTAS,), [version.model_dump() for version in shipped]).of(QUOTAS)
        self._day = date.min
        self._look_at_day = 0.0
        self._of: dict[tuple[ScopeKind, bool, str, str], _Rules] = {}

    async def keep(self) -> None:
        """Reload the rules periodically, until cancelled."""
        while True:
            await self.reload()
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def reload(self) -> None:
        """Read the stored versions; keep the present ones where that is not possible."""
        if self._database is None:
            return
        try:
            async with self._database.reading() as connection:
                rows = await stored_rows(connection, POLICY)
        except Exception as error:
            # Failing to read the quotas must not refuse requests.
            log.warning("quotas_not_read", error=repr(error))
            return
        stored = PolicyBook((QUOTAS,), rows).of(QUOTAS)
        for version, faults in stored.unreadable.items():
            # A version that cannot be read puts only itself out of force.
            log.error("quotas_not_understood", version=version, faults=[fault.rule for fault in faults])
        if stored.versions:
            self._versions, self._of = stored, {}

    def admit(self, caller: Caller, operation: str, method: str) -> Callable[[], None] | None:
        """Count a request; return a function to call after its answer, if it is counted until then.

        Raises `too-many-requests` and `too-many-at-once`.
        """
        now = self._now()
        rules = self._rules(now, caller, operation, method)
        running = [key for rule in rules.at_once if (key := rule.key(caller))]
        for rule, key in zip(rules.at_once, running, strict=True):
            if rule.at_once is not None and self._running[key] >= rule.at_once:
                raise TOO_MANY_AT_ONCE(
                    f"“{rule.name}”{_WHOM[rule.per]}同时至多 {rule.at_once} 个，请等前一个完成后重试",
                    headers={"Retry-After": str(AT_ONCE_RETRY_SECONDS)},
                )
        buckets = [(key, size, seconds) for rule, size, seconds in rules.rates if (key := rule.key(caller))]
        for key, size, seconds in buckets:
            if wait := self._buckets.wait(now, key, size, seconds):
                raise too_many(key[0], size, seconds, wait)
        # Only now, so that a request refused by one rule is not counted by another.
        for key, size, seconds in buckets:
            self._buckets.take(now, key, size, seconds)
        if not running:
            return None
        self._running.update(running)

        def release() -> None:
            for key in running:
                self._running[key] -= 1
                if not self._running[key]:
                    del self._running[key]

        return release

    async def admit_shared(self, caller: Caller, operation: str, method: str) -> None:
        """Count an admitted request by the rules of all processes. Raises `too-many-requests`."""
        shared = self._rules(self._now(), caller, operation, method).shared
        if not shared or self._shared is None:
            return
        wanted = [Taken(*key, size, seconds) for rule, size, seconds in shared if (key := rule.key(caller))]
        try:
            await self._shared.take(self._clock.now(), wanted)
        except EmptyError as empty:
            name, _, size, seconds = empty.taken
            raise too_many(name, size, seconds, empty.wait) from empty

    def may_keep(self, caller: Caller, operation: str, size: int) -> bool:
        """Tell whether an answer of so many bytes may be stored for a caller, and count them if so."""
        now = self._now()
        rules = self._rules(now, caller, operation, "POST").volumes
        buckets = [
            (now, key, most, seconds, size) for rule, most, seconds in rules if (key := rule.key(caller))
        ]
        if any(self._buckets.wait(*bucket) for bucket in buckets):
            return False
        for bucket in buckets:
            self._buckets.take(*bucket)
        return True

    def _rules(self, now: float, caller: Caller, operation: str, method: str) -> _Rules:
        if now >= self._look_at_day:
            self._look_at_day = now + 1.0
            day = local(self._clock.now()).date()
            if day != self._day:
                self._day, self._of = day, {}
        key = (caller.scope.kind, caller.channel is None, operation, method)
        cached = self._of.get(key)
        if cached is None:
            rules = [rule for rule in self._in_force(self._day) if rule.applies(caller, operation, method)]
            rates = [(rule, rule.requests, rule.seconds) for rule in rules if rule.requests and rule.seconds]
            is_shared = self._shared is not None
            cached = self._of[key] = _Rules(
                [rate for rate in rates if not (is_shared and rate[0].shared)],
                [(rule, rule.kept_bytes, rule.seconds) for rule in rules if rule.kept_bytes and rule.seconds],
                [rate for rate in rates if is_shared and rate[0].shared],
                [rule for rule in rules if rule.at_once is not None],
            )
        return cached

    def _in_force(self, day: date) -> Sequence[Rule]:
        try:
            return self._versions.at(day)
        except PolicyError:
            return ()


_WHOM = {"account": "同一账号", "citizen": "同一用户", "channel": "同一渠道"}


def too_many(name: str, size: int, seconds: int, wait: float) -> Problem:
    """Return the problem of an empty bucket, with the seconds after which to retry."""
    after = math.ceil(wait)
    return TOO_MANY(
        f"“{name}”每 {_duration(seconds)}至多 {size} 次，请在 {_duration(after)}后重试",
        headers={"Retry-After": str(after)},
    )


def _duration(seconds: int) -> str:
    return "".join(_parts(seconds)) or "0 秒"


def _parts(seconds: int) -> Iterator[str]:
    for name, length in (("天", 86_400), ("小时", 3_600), ("分钟", 60), ("秒", 1)):
        count, seconds = divmod(seconds, length)
        if count:
            yield f"{count} {name}"
