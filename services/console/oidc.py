"""The issuer as its client sees it: sign-in by the authorization code flow with PKCE (RFC 7636), renewal and logout.

Where it is comes from its discovery document. What it needs to be able to do: `docs/operations.md`, sign-in of staff.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import msgspec
import structlog

from libs.common.auth.callers import Caller
from libs.common.auth.id_tokens import IdTokens, Logout
from libs.common.auth.tokens import InvalidTokenError, KeysUnavailableError, RemoteKeys, TokenVerifier
from libs.common.clock import Clock
from libs.common.http.auth import ISSUER_UNAVAILABLE
from libs.common.problems import Problem, define
from libs.pages.sessions import SignIn
from services.console.settings import Settings

log = structlog.get_logger(__name__)

SIGN_IN_FAILED = define("sign-in-failed", 400, "登录未完成")
CHECK_SECONDS: Final = 60
"""How long an access token is used before the issuer is asked again."""
ANSWER_SECONDS: Final = 5.0


class NotRenewedError(Exception):
    """The issuer does not renew a sign-in, or renews another; the text says which, for the log."""


class _Discovery(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False
    end_session_endpoint: str | None = None


class _Tokens(msgspec.Struct):
    access_token: str
    id_token: str | None = None
    refresh_token: str | None = None
    expires_in: int = CHECK_SECONDS


class _Refusal(msgspec.Struct):
    error: str


@dataclass(frozen=True, slots=True)
class _Known:
    """The issuer, discovered."""

    discovery: _Discovery
    access_tokens: TokenVerifier
    id_tokens: IdTokens


@dataclass(frozen=True, slots=True)
class Granted:
    """What the issuer gave: who it is, the access token until it has to be asked again (Unix time), the next renewal.

    A renewal may leave the refresh token as it was: it is empty then. `issuer_session` is its id of the sign-in.
    """

    caller: Caller
    access_token: str
    refresh_token: str
    issuer_session: str | None
    expires: int


class Issuer:
    """The issuer as its client sees it. Its access token, whose signature is verified, says who signed in."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._discovered: _Known | None = None
        self._redirect_uri = f"{settings.public_url}/signin/callback"

    @property
    def administrator_acr(self) -> str:
        """The acr of a second factor; empty where none is demanded."""
        return self._settings.administrator_acr or ""

    async def authorize_url(self, begun: SignIn) -> str:
        """Return where to send the browser. Raises the problem `issuer-unavailable`."""
        endpoint = (await self._known()).discovery.authorization_endpoint
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **({"acr_values": begun.acr} if begun.acr else {}),
        }
        return _with(endpoint, query)

    async def end_url(self) -> str | None:
        """Return where the user signs out of the issuer too (RP-Initiated Logout 1.0 §2); None if nowhere."""
        endpoint = (await self._known()).discovery.end_session_endpoint
        back = f"{self._settings.public_url}/signin"
        query = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return endpoint and _with(endpoint, query)

    async def check_sender(self, iss: str | None) -> None:
        """Raise `sign-in-failed` for an answer of another issuer, whose code must not be sent anywhere (RFC 9207)."""
        discovery = (await self._known()).discovery
        is_missing = iss is None and discovery.authorization_response_iss_parameter_supported
        if is_missing or (iss is not None and iss != discovery.issuer):
            log.warning("answer_of_another_issuer", iss=iss and iss[:200])
            raise SIGN_IN_FAILED("登录的答复不是来自本系统的统一身份认证，请重新登录")

    async def redeem(self, code: str, begun: SignIn) -> Granted:
        """Return what a code stands for. Raises `sign-in-failed` and `issuer-unavailable`."""
        answer = await self._ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self._redirect_uri,
                "code_verifier": begun.verifier,
            }
        )
        if answer.status_code != 200:
            log.info("code_refused", status=answer.status_code)
            raise SIGN_IN_FAILED("登录已超时或已使用过，请重新登录")
        try:
            granted = await self._granted(answer, begun.nonce)
            if not granted.refresh_token:
                raise InvalidTokenError("no refresh token: the issuer does not let this client renew")
        except InvalidTokenError as error:
            log.warning("token_refused", reason=str(error))
            raise SIGN_IN_FAILED("身份认证返回的凭据不可用，请联系管理员") from error
        return granted

    async def renew(self, refresh_token: str, subject: str) -> Granted:
        """Return what the issuer says of a user now. Raises NotRenewedError and `issuer-unavailable`."""
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token})
        if answer.status_code != 200:
            try:
                error = msgspec.json.decode(answer.content, type=_Refusal).error
            except msgspec.MsgspecError:
                error = ""
            if error == "invalid_grant":
                raise NotRenewedError(error)
            raise _unavailable(ValueError(f"a renewal is answered by {answer.status_code} {error}"))
        try:
            granted = await self._granted(answer, None)
        except InvalidTokenError as error:
            raise NotRenewedError(str(error)) from error
        if granted.caller.subject != subject:
            raise NotRenewedError("the subject is another")
        return granted

    async def logout(self, token: str) -> Logout:
        """Return whose sessions a logout token ends. Raises InvalidTokenError and `issuer-unavailable`."""
        known = await self._known()
        try:
            return await known.id_tokens.logout(token)
        except KeysUnavailableError as error:
            raise _unavailable(error) from error

    async def _granted(self, answer: httpx.Response, nonce: str | None) -> Granted:
        """Read an answer with tokens; with a nonce it is a sign-in's, which has an ID token."""
        known = await self._known()
        now = int(self._clock.now().timestamp())
        try:
            given = msgspec.json.decode(answer.content, type=_Tokens)
            caller = await known.access_tokens.verify(given.access_token)
            session = None
            if given.id_token is not None:
                identity = await known.id_tokens.identity(given.id_token, given.access_token, nonce)
                session = identity.session
                if identity.subject != caller.subject:
                    raise InvalidTokenError("the tokens are of two subjects")
            elif nonce is not None:
                raise InvalidTokenError("without an ID token")
        except msgspec.MsgspecError as error:
            raise InvalidTokenError("no answer of a token endpoint") from error
        except KeysUnavailableError as error:
            raise _unavailable(error) from error
        expires = now + min(given.expires_in, CHECK_SECONDS)
        return Granted(caller, given.access_token, given.refresh_token or "", session, expires)

    async def _ask(self, form: Mapping[str, str]) -> httpx.Response:
        endpoint = (await self._known()).discovery.token_endpoint
        own: dict[str, Any] = {"client_id": self._settings.client_id}
        if self._settings.client_secret is not None:
            own["client_secret"] = self._settings.client_secret.get_secret_value()
        try:
            return await self._client.post(endpoint, data={**form, **own}, timeout=ANSWER_SECONDS)
        except httpx.TransportError as error:
            raise _unavailable(error) from error

    async def _known(self) -> _Known:
        if self._discovered is None:
            settings = self._settings
            url = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                answer = await self._client.get(url, timeout=ANSWER_SECONDS)
                discovery = msgspec.json.decode(answer.raise_for_status().content, type=_Discovery)
            except (httpx.HTTPError, msgspec.MsgspecError) as error:
                raise _unavailable(error) from error
            if discovery.issuer != settings.issuer:
                raise _unavailable(ValueError(f"{url} speaks for {discovery.issuer}"))
            keys = RemoteKeys(discovery.jwks_uri, self._client)
            self._discovered = _Known(
                discovery,
                TokenVerifier(
                    discovery.issuer,
                    settings.audience,
                    keys,
                    self._clock,
                    administrator_acr=settings.administrator_acr,
                ),
                IdTokens(discovery.issuer, settings.client_id, keys, self._clock),
            )
        return self._discovered


def _with(endpoint: str, query: Mapping[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


def _unavailable(error: Exception) -> Problem:
    log.warning("issuer_unavailable", error=repr(error))
    return ISSUER_UNAVAILABLE("请稍后重试，所填内容请先保留")
