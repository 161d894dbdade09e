"""爱山东's adapter against providers that behave as the documents describe, and against those that do not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from libs.common.auth.callers import Assurance
from libs.common.clock import ManualClock
from libs.common.problems import Problem
from services.registry.dev.providers import APPLICATION, LEGAL, PERSONS, SKEW, SampleProviders, encrypted
from services.registry.identity.ishandong import Application, opened_data, sign
from services.registry.identity.port import Provider, SubjectKind, Ticket, VerifiedIdentity

from .conftest import NOW, NOWHERE, given_by, ishandong, saying

PERSON, LEGAL_PERSON = SubjectKind.PERSON, SubjectKind.LEGAL
OK = b'{"retcode": "000000", "data": "{\\"token\\": \\"t-1\\"}"}'


def ticket(providers: SampleProviders, person: str, kind: SubjectKind | None = None) -> Ticket:
    given = given_by(providers, Provider.ISHANDONG, person)
    return Ticket(given["ticket"], kind or given["kind"])


def data(user: Any, word: str = APPLICATION.word) -> bytes:
    text = user if isinstance(user, str) else encrypted(json.dumps(user), word)
    return json.dumps({"retcode": "000000", "data": text}).encode()


async def refused(signing_in: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await signing_in
    return caught.value


def test_the_sign_and_the_encryption_are_the_platforms() -> None:
    """The expected values are of md5sum and `openssl enc -aes-128-ecb`."""
    assert sign(APPLICATION, "20220930100000") == "9837fc13a7f8c51af2bde50be5de7858"
    data = "d2625506a43d2b0f6300b25930a3e10e4de26122f3cb3a2c133061e038f317bd718f3ac5872b6006a2db3b703bddaa68"
    assert opened_data(data, "laptop-only-word") == '{"uuid":"p-0001","name":"测试"}'


async def test_a_person_signs_in_under_the_real_name(
    providers: SampleProviders, address: str, clock: ManualClock
) -> None:
    identity = await ishandong(address, clock).sign_in(ticket(providers, "person-1"))
    assert identity == VerifiedIdentity(
        Provider.ISHANDONG,
        "sqn-laptop",
        "p-0001",
        PERSON,
        Assurance.REAL_NAME,
        "测试用户一",
        PERSONS["person-1"]["papersnumber"],
        "13800000001",
    )
    shown = repr(identity) + repr(ticket(providers, "person-1")) + repr(APPLICATION)
    for secret in ("p-0001", "测试用户一", "3715", "138", APPLICATION.word, "ticket="):
        assert secret not in shown


async def test_who_proved_a_mobile_number_alone_is_not_taken_for_more(
    providers: SampleProviders, address: str, clock: ManualClock
) -> None:
    identity = await ishandong(address, clock).sign_in(ticket(providers, "person-2"))
    assert (identity.assurance, identity.name, identity.identifier) == (Assurance.MOBILE, None, None)
    assert identity.mobile == "13800000002"


async def test_a_legal_person_signs_in_under_its_credit_code(
    providers: SampleProviders, address: str, clock: ManualClock
) -> None:
    identity = await ishandong(address, clock).sign_in(ticket(providers, "company-1"))
    company = LEGAL["company-1"]
    assert (identity.kind, identity.assurance) == (LEGAL_PERSON, Assurance.REAL_NAME)
    assert (identity.name, identity.identifier) == (company["corname"], company["cornumber"])


async def test_a_ticket_serves_once(providers: SampleProviders, address: str, clock: ManualClock) -> None:
    provider, proof = ishandong(address, clock), ticket(providers, "person-1")
    await provider.sign_in(proof)
    again = await refused(provider.sign_in(proof))
    assert (again.kind.slug, again.kind.status) == ("sign-in-proof-refused", 422)


@pytest.mark.parametrize(("person", "kind"), [("person-1", LEGAL_PERSON), ("company-1", PERSON)])
async def test_a_ticket_of_the_other_kind_of_account_is_refused(
    providers: SampleProviders, address: str, clock: ManualClock, person: str, kind: SubjectKind
) -> None:
    problem = await refused(ishandong(address, clock).sign_in(ticket(providers, person, kind)))
    assert problem.kind.slug == "sign-in-proof-refused"


async def test_an_old_ticket_is_refused(providers: SampleProviders, address: str, clock: ManualClock) -> None:
    old = ticket(providers, "person-1")
    for each in (clock, providers.clock):
        assert isinstance(each, ManualClock)
        each.advance(timedelta(minutes=5))
    problem = await refused(ishandong(address, clock).sign_in(old))
    assert problem.kind.slug == "sign-in-proof-refused"


@pytest.mark.parametrize("ahead", [SKEW + timedelta(seconds=1), -SKEW - timedelta(seconds=1)])
async def test_a_clock_that_is_wrong_is_our_fault_and_not_the_tickets(
    providers: SampleProviders, address: str, clock: ManualClock, ahead: timedelta
) -> None:
    clock.advance(ahead)
    proof = ticket(providers, "person-1")
    problem = await refused(ishandong(address, clock).sign_in(proof))
    assert (problem.kind.slug, problem.kind.status) == ("identity-provider-refused", 502)
    # The ticket was not touched: it serves when the clock is right again.
    clock.instant = NOW
    assert await ishandong(address, clock).sign_in(proof)


async def test_a_clock_may_differ_a_little(
    providers: SampleProviders, address: str, clock: ManualClock
) -> None:
    clock.advance(SKEW)
    assert await ishandong(address, clock).sign_in(ticket(providers, "person-1"))


@pytest.mark.parametrize(
    ("application", "slug"),
    [
        (Application(APPLICATION.mark, "another-app-word", APPLICATION.faults), "identity-provider-refused"),
        # What the codes mean is not published: one that is not set says nothing of the application.
        (Application(APPLICATION.mark, "another-app-word"), "sign-in-proof-refused"),
        (Application("unknown", APPLICATION.word, APPLICATION.faults), "identity-provider-refused"),
    ],
)
async def test_a_wrong_sign_or_mark_is_refused(
    providers: SampleProviders, address: str, clock: ManualClock, application: Application, slug: str
) -> None:
    with capture_logs() as logs:
        problem = await refused(ishandong(address, clock, application).sign_in(ticket(providers, "person-1")))
    assert problem.kind.slug == slug
    # Who runs it sees the platform's code in any case.
    assert "SIGN" in str(logs) or application.mark == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"retcode": 0}',
        b'{"retcode": "000000"}',
        b'{"retcode": "000000", "data": "x"}',
        b'{"retcode": "000000", "data": "{}"}',
        b'{"retcode": "000000", "data": {"token": "t"}}',
        b"[" * 60_000,
        b"\xff\xfe",
    ],
)
async def test_an_answer_that_is_none_is_not_read(clock: ManualClock, body: bytes) -> None:
    client = saying(body)
    problem = await refused(ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", PERSON)))
    assert (problem.kind.slug, problem.kind.status) == ("identity-provider-unreadable", 502)


PLAIN = '{"uuid": "p-1"}'


@pytest.mark.parametrize(
    "user",
    [
        "",
        "zz",
        "abc",
        "00" * 15,
        "00" * 16,
        # Of another key: it opens to something without padding.
        encrypted(PLAIN, "another-app-word"),
        encrypted(PLAIN, APPLICATION.word)[:-2],
        encrypted("[1]", APPLICATION.word),
        encrypted("{}", APPLICATION.word),
        encrypted('{"uuid": 1}', APPLICATION.word),
        encrypted('{"uuid": " "}', APPLICATION.word),
        encrypted('{"uuid": "' + "p" * 101 + '"}', APPLICATION.word),
        encrypted('{"uuid": "p-1", "name": ["x"]}', APPLICATION.word),
    ],
)
async def test_user_data_that_do_not_open_or_name_nobody_are_not_read(clock: ManualClock, user: str) -> None:
    client = saying(OK, data(user))
    problem = await refused(ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", PERSON)))
    assert problem.kind.slug == "identity-provider-unreadable"


@pytest.mark.parametrize(
    ("changed", "level", "identifier"),
    [
        ({}, Assurance.REAL_NAME, "371502199001011234"),
        ({"papersnumber": " 37150219900101 1234"}, Assurance.REAL_NAME, "371502199001011234"),
        ({"papersnumber": "371502199001011235"}, Assurance.MOBILE, None),
        ({"papersnumber": "3715**********1234"}, Assurance.MOBILE, None),
        ({"papersnumber": "371502201501011233"}, Assurance.MOBILE, None),
        ({"papersnumber": None}, Assurance.MOBILE, None),
        # Another paper, of a code that is not published.
        ({"paperstype": "2"}, Assurance.MOBILE, None),
        ({"name": "测**"}, Assurance.MOBILE, "371502199001011234"),
        ({"name": " "}, Assurance.MOBILE, "371502199001011234"),
        ({"name": "", "mobile": "138****0001"}, Assurance.ACCOUNT, "371502199001011234"),
        ({"papersnumber": "", "mobile": "12345"}, Assurance.ACCOUNT, None),
        ({"mobile": None}, Assurance.REAL_NAME, "371502199001011234"),
    ],
)
async def test_only_what_is_whole_and_valid_raises_the_level(
    clock: ManualClock, changed: dict[str, Any], level: Assurance, identifier: str | None
) -> None:
    client = saying(OK, data({**PERSONS["person-1"], **changed}))
    with capture_logs() as logs:
        identity = await ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", PERSON))
    assert (identity.assurance, identity.identifier) == (level, identifier)
    assert "3715" not in str(logs)


@pytest.mark.parametrize(
    ("number", "level"),
    [
        ("91371500ma3text0xy", Assurance.REAL_NAME),
        ("91371500MA3TEXT0XA", Assurance.MOBILE),
        ("", Assurance.MOBILE),
    ],
)
async def test_a_credit_code_is_checked_like_any_other(
    clock: ManualClock, number: str, level: Assurance
) -> None:
    client = saying(OK, data({**LEGAL["company-1"], "cornumber": number}))
    identity = await ishandong(NOWHERE, clock, client=client).sign_in(Ticket("t", LEGAL_PERSON))
    assert identity.assurance is level
