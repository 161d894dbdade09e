"""Sign-in at an OIDC issuer: authorization code flow with PKCE (RFC 7636), from its discovery document."""

import base64
import hashlib
from urllib.parse import urlencode

import httpx
import msgspec
import structlog

from libs.common.auth.callers import Caller
from libs.common.auth.tokens import InvalidTokenError, RemoteKeys, TokenVerifier
from libs.common.clock import Clock
from libs.common.http.auth import ISSUER_UNAVAILABLE
from libs.common.problems import define
from services.console.settings import Settings

log = structlog.get_logger(__name__)

SIGN_IN_FAILED = define("sign-in-failed", 400, "登录未完成")


class _Discovery(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct):
    access_token: str
    expires_in: int = 3600


class Issuer:
    """The issuer as a client sees it. Its access token, whose signature is verified, says who signed in.

    No refresh token is kept: when the access token ends, the user is sent to the issuer again, which remembers them.
    """

    def __init__(self, settings: Settings, client: httpx.AsyncClient, clock: Clock) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._known: tuple[_Discovery, TokenVerifier] | None = None
        self._redirect_uri = f"{settings.public_url}/signin/callback"

    async def authorize_url(self, state: str, verifier: str) -> str:
        """Return where to send the browser. Raises the problem `issuer-unavailable`."""
        discovery, _ = await self._discover()
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid profile",
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in discovery.authorization_endpoint else "?"
        return f"{discovery.authorization_endpoint}{separator}{urlencode(query)}"

    async def redeem(self, code: str, verifier: str) -> tuple[Caller, str, int]:
        """Return who signed in, the access token and its seconds. Raises `sign-in-failed`, `issuer-unavailable`."""
        discovery, tokens = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._settings.client_id,
            "code_verifier": verifier,
        }
        if self._settings.client_secret is not None:
            form["client_secret"] = self._settings.client_secret.get_secret_value()
        try:
            answer = await self._client.post(discovery.token_endpoint, data=form)
        except httpx.TransportError as error:
            raise _unavailable(error) from error
        if answer.status_code != 200:
            log.info("code_refused", status=answer.status_code)
            raise SIGN_IN_FAILED("登录已超时或已使用过，请重新登录")
        try:
            given = msgspec.json.decode(answer.content, type=_Tokens)
            caller = await tokens.verify(given.access_token)
        except (msgspec.MsgspecError, InvalidTokenError) as error:
            log.warning("token_refused", reason=str(error))
            raise SIGN_IN_FAILED("身份认证返回的凭据不可用，请联系管理员") from error
        return caller, given.access_token, given.expires_in

    async def _discover(self) -> tuple[_Discovery, TokenVerifier]:
        if self._known is None:
            url = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                answer = await self._client.get(url)
                discovery = msgspec.json.decode(answer.raise_for_status().content, type=_Discovery)
            except (httpx.HTTPError, msgspec.MsgspecError) as error:
                raise _unavailable(error) from error
            if discovery.issuer != self._settings.issuer:
                raise _unavailable(ValueError(f"{url} speaks for {discovery.issuer}"))
            keys = RemoteKeys(discovery.jwks_uri, self._client)
            verifier = TokenVerifier(discovery.issuer, self._settings.audience, keys, self._clock)
            self._known = discovery, verifier
        return self._known


def _unavailable(error: Exception) -> Exception:
    log.warning("issuer_unavailable", error=repr(error))
    return ISSUER_UNAVAILABLE("请稍后重新登录")
