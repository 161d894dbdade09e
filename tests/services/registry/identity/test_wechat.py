"""WeChat's adapter against providers that behave as the documents describe, and against those that do not."""

import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from libs.common import logs
from libs.common.auth.callers import Assurance
from libs.common.clock import ManualClock
from libs.common.problems import Problem
from services.registry.dev.providers import OPENIDS, PROGRAM, SampleProviders
from services.registry.identity.port import Provider, SubjectKind, VerifiedIdentity, WechatCode
from services.registry.identity.wechat import MiniProgram

from .conftest import NOWHERE, answering, given_by, nothing_listens, saying, wechat


def code(providers: SampleProviders, person: str = "person-1") -> WechatCode:
    return WechatCode(given_by(providers, Provider.WECHAT, person)["code"])


async def refused(signing_in: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await signing_in
    return caught.value


async def test_a_code_gives_the_openid_of_this_appid_and_nothing_more(
    providers: SampleProviders, address: str
) -> None:
    identity = await wechat(address).sign_in(code(providers))
    assert identity == VerifiedIdentity(
        Provider.WECHAT, "wx-laptop", OPENIDS["person-1"], SubjectKind.PERSON, Assurance.ACCOUNT
    )
    for secret in (OPENIDS["person-1"], PROGRAM.secret):
        assert secret not in repr(identity) + repr(PROGRAM)


async def test_a_code_serves_once(providers: SampleProviders, address: str) -> None:
    proof = code(providers)
    await wechat(address).sign_in(proof)
    problem = await refused(wechat(address).sign_in(proof))
    assert (problem.kind.slug, problem.kind.status) == ("sign-in-proof-refused", 422)


async def test_an_old_or_unknown_code_is_refused(providers: SampleProviders, address: str) -> None:
    old = code(providers)
    assert isinstance(providers.clock, ManualClock)
    providers.clock.advance(timedelta(minutes=5))
    for proof in (old, WechatCode("unknown")):
        assert (await refused(wechat(address).sign_in(proof))).kind.slug == "sign-in-proof-refused"


@pytest.mark.parametrize(
    "program", [MiniProgram("wx-other", PROGRAM.secret), MiniProgram("wx-laptop", "wrong")]
)
async def test_a_wrong_appid_or_secret_is_our_fault_and_not_the_codes(
    providers: SampleProviders, address: str, program: MiniProgram
) -> None:
    proof = code(providers)
    problem = await refused(wechat(address, program).sign_in(proof))
    assert (problem.kind.slug, problem.kind.status) == ("identity-provider-refused", 502)
    assert await wechat(address).sign_in(proof)


@pytest.mark.parametrize(
    ("errcode", "slug", "retry_after"),
    [
        (40029, "sign-in-proof-refused", None),
        (40163, "sign-in-proof-refused", None),
        (40226, "sign-in-account-blocked", None),
        (-1, "identity-provider-unavailable", "10"),
        (45011, "identity-provider-unavailable", "60"),
        (45009, "identity-provider-unavailable", "3600"),
        (40013, "identity-provider-refused", None),
        (40125, "identity-provider-refused", None),
        (40164, "identity-provider-refused", None),
        (41004, "identity-provider-refused", None),
        (99999, "identity-provider-refused", None),
    ],
)
async def test_each_error_code_has_its_meaning(errcode: int, slug: str, retry_after: str | None) -> None:
    # An error code outweighs what else there may be.
    body = json.dumps({"errcode": errcode, "errmsg": "x", "openid": "oLaptopUser0001"}).encode()
    with capture_logs() as captured:
        problem = await refused(wechat(NOWHERE, client=saying(body)).sign_in(WechatCode("c")))
    assert problem.kind.slug == slug
    assert problem.headers.get("Retry-After") == retry_after
    assert str(errcode) in str(captured)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"session_key": "k"}',
        b'{"openid": ""}',
        b'{"openid": 7}',
        b'{"openid": "o 1=1 --"}',
        b'{"openid": "' + b"o" * 65 + b'"}',
        b'{"openid": "oLaptopUser0001", "errcode": "0"}',
        b"[" * 60_000,
        b" " * 65_537,
    ],
)
async def test_an_answer_that_is_none_is_not_read(body: bytes) -> None:
    problem = await refused(wechat(NOWHERE, client=saying(body)).sign_in(WechatCode("c")))
    assert (problem.kind.slug, problem.kind.status) == ("identity-provider-unreadable", 502)


async def test_the_largest_answer_is_read() -> None:
    body = b'{"openid": "oLaptopUser0001"}'.ljust(65_536)
    assert await wechat(NOWHERE, client=saying(body)).sign_in(WechatCode("c"))


async def test_a_platform_that_hangs_is_given_up() -> None:
    released = asyncio.Event()

    async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
        await released.wait()

    async with answering(hanging) as url:
        problem = await refused(wechat(url, seconds=0.2).sign_in(WechatCode("c")))
        released.set()
    assert problem.kind.slug == "identity-provider-unavailable"
    assert problem.headers["Retry-After"]


@pytest.fixture
def written_logs() -> Iterator[None]:
    """The lines as a process writes them, the standard library's among them, at the level DEBUG."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("registry", level=logging.DEBUG)
    # A logger that remembered this would pass by what later tests capture.
    structlog.configure(cache_logger_on_first_use=False)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("written_logs")
async def test_neither_secret_nor_code_nor_openid_is_in_the_logs(
    providers: SampleProviders, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also not in those of httpx, whose addresses have the secret in them."""
    proof = code(providers)
    await wechat(address).sign_in(proof)
    await refused(wechat(address).sign_in(proof))
    problem = await refused(wechat(await nothing_listens()).sign_in(WechatCode("c-secret")))
    written = capsys.readouterr().out + str(problem) + repr(problem.__cause__)
    assert "code_refused" in written
    assert "identity_provider_unavailable" in written
    for secret in (PROGRAM.secret, proof.code, "c-secret", OPENIDS["person-1"], "session_key"):
        assert secret not in written
