"""Cookies: nobody but the console reads or makes them, and they end when their session does at the latest."""

import base64
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from libs.common.clock import ManualClock
from libs.pages.sessions import Cookies, SessionId, SignIn
from tests.support.pages import EXPIRES, NOW, cookies_of

KEPT = SessionId(id="0192d3c5-6f0e-7c1b-9b61-0f4f4d0f7e11", expires=EXPIRES)


def sent_back(response: Response) -> Request:
    cookie = response.headers["set-cookie"].partition(";")[0]
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def written(cookies: Cookies, kept: SessionId | SignIn) -> Response:
    response = Response()
    cookies.write(response, kept)
    return response


def test_what_was_written_is_read_and_cannot_be_seen() -> None:
    cookies = cookies_of(ManualClock(NOW))
    response = written(cookies, KEPT)
    assert cookies.read(sent_back(response), SessionId) == KEPT
    value = response.headers["set-cookie"]
    parts = value.split("=", 1)[1].partition(";")[0].split(".")
    assert all(KEPT.id.encode() not in base64.urlsafe_b64decode(part + "==") for part in parts)


def test_a_cookie_ends_with_its_session() -> None:
    clock = ManualClock(NOW)
    cookies = cookies_of(clock)
    request = sent_back(written(cookies, KEPT))
    clock.advance(timedelta(seconds=3600))
    assert cookies.read(request, SessionId) is None


def test_another_key_reads_nothing() -> None:
    request = sent_back(written(cookies_of(ManualClock(NOW), "t" * 32), KEPT))
    assert cookies_of(ManualClock(NOW)).read(request, SessionId) is None


NESTED = base64.urlsafe_b64encode(b"[" * 1_400 + b"]" * 1_400).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        "a.b.c.d.e",
        "é",
        f"{NESTED}....",
        f"{NESTED}.a.b.c.d",
        f"{NESTED * 2}.a.b.c.d",
        "a" * 30_000,
    ],
)
def test_rubbish_reads_nothing(value: str) -> None:
    request = Request({"type": "http", "headers": [(b"cookie", f"sqn-session={value}".encode("latin-1"))]})
    assert cookies_of(ManualClock(NOW)).read(request, SessionId) is None


def test_a_changed_byte_reads_nothing() -> None:
    cookies = cookies_of(ManualClock(NOW))
    header = written(cookies, KEPT).headers["set-cookie"].partition(";")[0]
    *before, body, tag = header.split(".")
    swapped = ".".join([*before, ("A" if body[0] != "A" else "B") + body[1:], tag])
    request = Request({"type": "http", "headers": [(b"cookie", swapped.encode())]})
    assert cookies.read(request, SessionId) is None


def test_a_sign_in_that_has_begun_is_no_session() -> None:
    cookies = cookies_of(ManualClock(NOW))
    begun = SignIn(state="s", verifier="v", nonce="n", target="/", expires=EXPIRES)
    header = written(cookies, begun).headers["set-cookie"].partition(";")[0]
    renamed = header.replace("sqn-sign-in=", "sqn-session=")
    request = Request({"type": "http", "headers": [(b"cookie", renamed.encode())]})
    assert cookies.read(request, SessionId) is None


def test_on_tls_the_cookie_is_secure_and_bound_to_the_host() -> None:
    header = written(cookies_of(ManualClock(NOW), is_secure=True), KEPT).headers["set-cookie"]
    assert header.startswith("__Host-sqn-session=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in header.split(";")}


def test_on_this_machine_the_cookie_is_kept_from_scripts() -> None:
    header = written(cookies_of(ManualClock(NOW)), KEPT).headers["set-cookie"]
    assert "HttpOnly" in header
    assert "Secure" not in header


@pytest.mark.parametrize("is_secure", [False, True])
def test_what_was_done_is_told_once_in_any_script(is_secure: bool) -> None:
    cookies = cookies_of(ManualClock(NOW), is_secure=is_secure)
    response = Response()
    cookies.write_done(response, "受理; Path=/")
    assert cookies.read_done(sent_back(response)) == "受理; Path=/"
    assert response.headers["set-cookie"].startswith("__Host-") is is_secure
    forgotten = Response()
    cookies.forget_done(forgotten)
    assert cookies.read_done(sent_back(forgotten)) is None
    assert "Max-Age=0" in forgotten.headers["set-cookie"]
    assert cookies.read_done(Request({"type": "http", "headers": []})) is None
    long = Response()
    cookies.write_done(long, "x" * 1_000)
    assert cookies.read_done(sent_back(long)) is None
