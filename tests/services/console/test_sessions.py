import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from libs.common.clock import ManualClock
from services.console.sessions import LONGEST_VALUE, Cookies, Session, SessionTooLongError, SignIn
from services.console.settings import Settings

NOW = datetime(2022, 10, 8, 1, 0, tzinfo=UTC)
EXPIRES = int(NOW.timestamp()) + 3600


def settings(**changes: str) -> Settings:
    return Settings.model_validate(
        {
            "hookup_url": "http://hookup",
            "metrics_url": "http://metrics",
            "issuer": "http://issuer",
            "session_secret": "s" * 32,
            **changes,
        }
    )


def session(**changes: str | int) -> Session:
    facts = {"subject": "u", "name": "市局督导", "place": "聊城市", "access_token": "a.b.c", "csrf": "x"}
    facts |= {"place_kind": "city", "place_code": ""}
    found: dict[str, Any] = {**facts, "roles": frozenset({"supervisor"}), "expires": EXPIRES, **changes}
    return Session(**found)


def sent_back(response: Response) -> Request:
    cookie = response.headers["set-cookie"].partition(";")[0]
    return Request({"type": "http", "headers": [(b"cookie", cookie.encode())]})


def written(cookies: Cookies, kept: Session | SignIn) -> Response:
    response = Response()
    cookies.write(response, kept)
    return response


def test_what_was_written_is_read_and_cannot_be_seen() -> None:
    cookies = Cookies(settings(), ManualClock(NOW))
    response = written(cookies, session())
    assert cookies.read(sent_back(response), Session) == session()
    assert "a.b.c" not in response.headers["set-cookie"]


def test_a_session_ends_with_its_token() -> None:
    clock = ManualClock(NOW)
    cookies = Cookies(settings(), clock)
    request = sent_back(written(cookies, session()))
    clock.advance(timedelta(seconds=3600))
    assert cookies.read(request, Session) is None


def test_another_key_reads_nothing() -> None:
    request = sent_back(written(Cookies(settings(session_secret="t" * 32), ManualClock(NOW)), session()))
    assert Cookies(settings(), ManualClock(NOW)).read(request, Session) is None


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
    assert Cookies(settings(), ManualClock(NOW)).read(request, Session) is None


def test_a_changed_byte_reads_nothing() -> None:
    cookies = Cookies(settings(), ManualClock(NOW))
    header = written(cookies, session()).headers["set-cookie"].partition(";")[0]
    *before, body, tag = header.split(".")
    swapped = ".".join([*before, ("A" if body[0] != "A" else "B") + body[1:], tag])
    request = Request({"type": "http", "headers": [(b"cookie", swapped.encode())]})
    assert cookies.read(request, Session) is None


def test_a_sign_in_that_has_begun_is_no_session() -> None:
    cookies = Cookies(settings(), ManualClock(NOW))
    begun = SignIn(state="s", verifier="v", target="/", expires=EXPIRES)
    header = written(cookies, begun).headers["set-cookie"].partition(";")[0]
    renamed = header.replace("sqn-sign-in=", "sqn-session=")
    request = Request({"type": "http", "headers": [(b"cookie", renamed.encode())]})
    assert cookies.read(request, Session) is None


def test_on_tls_the_cookie_is_secure_and_bound_to_the_host() -> None:
    header = written(
        Cookies(settings(public_url="https://sqn.example"), ManualClock(NOW)), session()
    ).headers["set-cookie"]
    assert header.startswith("__Host-sqn-session=")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in header.split(";")}


def test_on_this_machine_the_cookie_is_kept_from_scripts() -> None:
    header = written(Cookies(settings(), ManualClock(NOW)), session()).headers["set-cookie"]
    assert "HttpOnly" in header
    assert "Secure" not in header


def test_a_token_that_no_browser_would_keep_is_refused() -> None:
    with pytest.raises(SessionTooLongError):
        written(Cookies(settings(), ManualClock(NOW)), session(access_token="a" * LONGEST_VALUE))


@pytest.mark.parametrize(
    "url", ["http://sqn.example", "https://sqn.example/console", "sqn.example", "http://127.0.0.1/"]
)
def test_a_public_address_that_is_not_safe_or_no_origin_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        settings(public_url=url)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="session_secret"):
        settings(session_secret="short")
