"""Rate limits and concurrency limits of one subject, by the policy `request_quotas`.

Counts are in the memory of a process: exact within it and without any SQL, so n replicas admit n times as much. A
rule is a token bucket of `requests` per subject that refills evenly over `seconds` (the generic cell rate algorithm:
one instant per bucket).
"""

import asyncio
import math
from collections import Counter, OrderedDict
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
from libs.common.policy import PolicyBook, PolicyError, PolicyKind, PolicyVersion, stored_rows
from libs.common.policy_changes import PolicySet
from libs.common.problems import Problem, define

log = structlog.get_logger(__name__)

POLICY = "request_quotas"
TOO_MANY = define("too-many-requests", 429, "请求过于频繁")
TOO_MANY_AT_ONCE = define("too-many-at-once", 429, "同时进行的请求过多")

LOOK_AGAIN_SECONDS = 30.0
AT_ONCE_RETRY_SECONDS = 5
# For all subjects together. The least recently used bucket is evicted first; a full bucket is not stored.
MOST_BUCKETS = 50_000
_READING = frozenset({"GET", "HEAD"})


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: its subjects and operations, where empty means all, and its limits.

    `kept_bytes` limits the bytes of answers stored for repetitions instead of the number of requests.
    """

    name: str
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

    def applies(self, caller: Caller, operation: str, method: str) -> bool:
        """Tell whether a request is counted by this rule."""
        return (
            (not self.places or caller.scope.kind in self.places)
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


class Buckets:
    """Token buckets by rule and subject; full ones are not stored. `now` is in seconds of any monotonic clock."""

    def __init__(self, capacity: int = MOST_BUCKETS) -> None:
        self._capacity = capacity
        # The instant at which each bucket is full again.
        self._full_at: OrderedDict[tuple[str, str], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, now: float, key: tuple[str, str], size: int, seconds: int, amount: int = 1) -> float:
        """Return the seconds until a bucket of this size holds an amount; 0 when it does now."""
        return max(0.0, self._full_at.get(key, now) - now + (amount - size) * seconds / size)

    def take(self, now: float, key: tuple[str, str], size: int, seconds: int, amount: int = 1) -> None:
        """Take an amount out."""
        buckets = self._full_at
        buckets[key] = max(buckets.get(key, now), now) + amount * seconds / size
        buckets.move_to_end(key)
        while len(buckets) > self._capacity or next(iter(buckets.values())) <= now:
            buckets.popitem(last=False)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of one kind of request, by what they count: buckets by name, size and seconds."""

    rates: Sequence[tuple[str, int, int]]
    volumes: Sequence[tuple[str, int, int]]
    at_once: Sequence[Rule]


class Quotas:
    """The quotas of one process. `shipped` are the versions that hold until the stored ones are read."""

    def __init__(
        self,
        database: Database | None,
        clock: Clock,
        shipped: Sequence[PolicyVersion] = (),
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._now = now
        self._buckets = Buckets()
        self._running: Counter[tuple[str, str]] = Counter()
        self._versions = PolicyBook((QUOTAS,), [version.model_dump() for version in shipped]).of(QUOTAS)
        self._day = date.min
        self._look_at_day = 0.0
        self._of: dict[tuple[ScopeKind, str, str], _Rules] = {}

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
        now, subject = self._now(), caller.subject
        rules = self._rules(now, caller, operation, method)
        running = [(rule.name, subject) for rule in rules.at_once]
        for rule, key in zip(rules.at_once, running, strict=True):
            if rule.at_once is not None and self._running[key] >= rule.at_once:
                raise TOO_MANY_AT_ONCE(
                    f"“{rule.name}”同一账号同时至多 {rule.at_once} 个，请等前一个完成后重试",
                    headers={"Retry-After": str(AT_ONCE_RETRY_SECONDS)},
                )
        buckets = [((name, subject), size, seconds) for name, size, seconds in rules.rates]
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

    def may_keep(self, caller: Caller, operation: str, size: int) -> bool:
        """Tell whether an answer of so many bytes may be stored for a caller, and count them if so."""
        now = self._now()
        rules = self._rules(now, caller, operation, "POST").volumes
        buckets = [(now, (name, caller.subject), most, seconds, size) for name, most, seconds in rules]
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
        key = (caller.scope.kind, operation, method)
        cached = self._of.get(key)
        if cached is None:
            rules = [rule for rule in self._in_force(self._day) if rule.applies(caller, operation, method)]
            cached = self._of[key] = _Rules(
                [
                    (rule.name, rule.requests, rule.seconds)
                    for rule in rules
                    if rule.requests and rule.seconds
                ],
                [
                    (rule.name, rule.kept_bytes, rule.seconds)
                    for rule in rules
                    if rule.kept_bytes and rule.seconds
                ],
                [rule for rule in rules if rule.at_once is not None],
            )
        return cached

    def _in_force(self, day: date) -> Sequence[Rule]:
        try:
            return self._versions.at(day)
        except PolicyError:
            return ()


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
