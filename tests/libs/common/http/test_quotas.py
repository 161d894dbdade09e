"""Quotas: exact in one process, with memory that no subject makes grow."""

import tracemalloc
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.http.buckets import Buckets

from .quota_samples import CITIZEN, CLERK, Ticks, ask, quotas, refusal


async def test_a_bucket_is_exact_and_refills_evenly() -> None:
    ticks = Ticks()
    of = quotas({"name": "咨询", "requests": 3, "seconds": 60}, ticks=ticks)
    for _ in range(3):
        await ask(of)
    refused = await refusal(of)
    assert (refused.kind.slug, refused.kind.status) == ("too-many-requests", 429)
    assert refused.headers["Retry-After"] == "20"
    assert refused.detail == "“咨询”每 1 分钟至多 3 次，请在 20 秒后重试"
    ticks.at += 19.5
    assert (await refusal(of)).headers["Retry-After"] == "1"
    ticks.at += 0.5
    await ask(of)
    await refusal(of)
    # Of a day without requests no more is saved up than the bucket holds.
    ticks.at += 86_400
    for _ in range(3):
        await ask(of)
    await refusal(of)


async def test_what_is_refused_is_not_counted() -> None:
    ticks = Ticks()
    of = quotas(
        {"name": "short", "requests": 1, "seconds": 1},
        {"name": "long", "requests": 3, "seconds": 86_400},
        ticks=ticks,
    )
    for _ in range(3):
        await ask(of)
        for _ in range(50):
            await refusal(of)
        ticks.at += 1
    assert "long" in (await refusal(of)).detail


async def test_rules_are_for_whom_and_for_what_they_say() -> None:
    of = quotas(
        {"name": "a", "places": ["citizen"], "operations": ["ask", "urge"], "requests": 2, "seconds": 60},
        {"name": "b", "method": "read", "requests": 1, "seconds": 60},
    )
    await ask(of, operation="ask")
    await ask(of, operation="urge")
    await refusal(of, operation="ask")
    await ask(of, operation="answer")
    for _ in range(5):
        await ask(of, CLERK)
    await ask(of, method="GET", operation="list")
    await refusal(of, method="HEAD", operation="show")
    await ask(of, CLERK, method="GET", operation="list")


async def test_all_accounts_of_a_citizen_are_counted_together() -> None:
    of = quotas({"name": "个人", "per": "citizen", "requests": 2, "seconds": 60})
    by_wechat = replace(CITIZEN, subject="u-wechat", channel="WECHAT")
    await ask(of)
    await ask(of, by_wechat)
    await refusal(of, by_wechat)
    await refusal(of)
    await ask(of, replace(CITIZEN, scope=Scope(ScopeKind.CITIZEN, "C-2")))
    for _ in range(5):
        await ask(of, CLERK)


async def test_a_channel_is_counted_with_all_who_signed_in_to_it() -> None:
    of = quotas({"name": "渠道", "per": "channel", "requests": 3, "seconds": 60})
    channel = Caller("u-channel", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "WECHAT"))
    for number in range(2):
        scope = Scope(ScopeKind.CITIZEN, f"C-{number}")
        await ask(of, replace(CITIZEN, subject=f"u-{number}", scope=scope, channel="WECHAT"))
    await ask(of, channel)
    assert "“渠道”" in (await refusal(of, channel)).detail
    await refusal(of, replace(CITIZEN, channel="WECHAT"))
    await ask(of, replace(CITIZEN, channel="ISHANDONG"))
    # Whoever is in no channel is counted in none, whatever was asked before them.
    for _ in range(5):
        await ask(of)
        await ask(of, CLERK)


async def test_requests_at_once() -> None:
    of = quotas({"name": "导出", "operations": ["export"], "at_once": 2})
    first, second = [of.admit(CLERK, "export", "GET") for _ in range(2)]
    assert first is not None
    assert second is not None
    refused = await refusal(of, CLERK, "export", "GET")
    assert (refused.kind.slug, refused.kind.status) == ("too-many-at-once", 429)
    assert int(refused.headers["Retry-After"]) > 0
    await ask(of, CLERK, "list", "GET")
    await ask(of, CITIZEN, "export", "GET")
    first()
    await ask(of, CLERK, "export", "GET")
    second()
    assert not of._running


async def test_no_subject_makes_memory_grow() -> None:
    of = quotas(*({"name": str(n), "requests": 10**6, "seconds": 60} for n in range(5)), ticks=Ticks())
    await ask(of)
    tracemalloc.start()
    try:
        for number in range(20_000):
            await ask(of, operation="ask" if number % 2 else "urge")
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()
    assert len(of._buckets) == 5


def test_the_crowd_is_bounded_and_full_buckets_are_forgotten() -> None:
    ticks = Ticks()
    buckets = Buckets(capacity=100)
    for number in range(1_000):
        buckets.take(ticks(), ("rule", f"u-{number}"), 1, 60)
    assert len(buckets) == 100
    ticks.at += 60
    buckets.take(ticks(), ("rule", "u-new"), 1, 60)
    assert len(buckets) == 1


@given(
    st.integers(1, 20),
    st.integers(1, 100),
    st.lists(st.floats(0, 50, allow_nan=False), max_size=60),
)
def test_in_any_time_no_more_is_admitted_than_the_bucket_and_its_refill(
    size: int, seconds: int, pauses: list[float]
) -> None:
    ticks = Ticks()
    buckets = Buckets()
    admitted: list[float] = []
    for pause in pauses:
        ticks.at += pause
        if not buckets.wait(ticks(), ("rule", "u"), size, seconds):
            buckets.take(ticks(), ("rule", "u"), size, seconds)
            admitted.append(ticks.at)
    for first, begun in enumerate(admitted):
        for last in range(first, len(admitted)):
            earned = size + (admitted[last] - begun) * size / seconds
            assert last - first + 1 <= earned + 1e-6
