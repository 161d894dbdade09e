"""An OIDC issuer for a laptop: signs in demo users and machines. Production has an issuer of its own."""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Form, Request
from jinja2 import Environment
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from libs.common.auth.callers import Caller
from libs.common.auth.tokens import ALGORITHMS, claims_of
from libs.common.clock import Clock
from libs.common.http.head import HeadAsGet
from libs.common.settings import ProductionSetting

TOKEN_SECONDS = 3600
# How long somebody who has signed in can renew: longer than any session lasts.
RENEWAL_SECONDS = 86_400
CODE_SECONDS = 60
LONGEST_FORM = 65_536

_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>演示登录</title>
<style>body{font:16px/1.6 sans-serif;max-width:32rem;margin:2rem auto}label{display:block}</style>
<h1>演示登录</h1>
<p><strong>仅限本机演示使用。</strong>正式环境须使用统一身份认证，不得启用本页。
口令在首次启动时生成，保存在文件 <code>{{ password_file }}</code> 中。</p>
{% if failed %}<p role="alert">账号或口令不正确，请重试。</p>{% endif %}
<form method="post">
<fieldset><legend>选择账号</legend>
{% for login, caller in users.items() %}
<label><input type="radio" name="login" value="{{ login }}" required> {{ caller.name or login }}</label>
{% endfor %}</fieldset>
<p><label>口令 <input type="password" name="password" required autocomplete="current-password"></label></p>
<button>登录</button>
</form></html>""")


@dataclass(frozen=True, slots=True)
class _Grant:
    login: str
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class LocalIssuer:
    """Issues tokens on a laptop; its key, the users' password and the machines' secret live in a directory.

    `users` sign in with one generated password, `machines` (client id → caller) with one generated secret.
    Raises ValueError for an address that is not this machine's, and in production.
    """

    def __init__(
        self,
        url: str,
        directory: Path,
        clock: Clock,
        *,
        users: Mapping[str, Caller],
        machines: Mapping[str, Caller],
        redirect_uris: Sequence[str],
        audience: str = "sqn",
    ) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(f"the local issuer serves this machine only, not {url}")
        if ProductionSetting().production:
            raise ValueError(
                "the local issuer has no lockout and no second factor: not where SQN_PRODUCTION is set"
            )
        self.url = url
        self.audience = audience
        self._clock = clock
        self._users = users
        self._machines = machines
        self._redirect_uris = frozenset(redirect_uris)
        directory.mkdir(parents=True, exist_ok=True)
        self.password_file = directory / "password"
        self.secret_file = directory / "machine-secret"
        self._password = _stored_or_new(self.password_file, secrets.token_urlsafe(12))
        self._secret = _stored_or_new(self.secret_file, secrets.token_urlsafe(32))
        key = ECKey.generate_key("P-256", auto_kid=True).as_pem(private=True).decode()
        self._key = ECKey.import_key(_stored_or_new(directory / "signing-key.pem", key))
        self._key.ensure_kid()
        self._grants: dict[str, _Grant] = {}

    def jwks(self) -> dict[str, Any]:
        """Return the public key set."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def issue(self, caller: Caller, seconds: int = TOKEN_SECONDS) -> str:
        """Return an access token that proves a caller for so many seconds."""
        return self._sign({**claims_of(caller), "aud": self.audience}, seconds)

    def _sign(self, claims: dict[str, Any], seconds: int) -> str:
        now = int(self._clock.now().timestamp())
        header = {"alg": "ES256", "kid": self._key.kid}
        return jwt.encode(header, {"iss": self.url, "iat": now, "exp": now + seconds, **claims}, self._key)

    def app(self) -> FastAPI:
        """Return the issuer's HTTP: discovery, keys, sign-in and tokens."""
        app = FastAPI(
            openapi_url=None, max_body_size=LONGEST_FORM, form_limits={"max_fields": 10, "max_files": 0}
        )
        app.add_middleware(HeadAsGet)
        app.get("/.well-known/openid-configuration")(self._discovery)
        app.get("/jwks")(self.jwks)
        app.get("/authorize")(self._show)
        app.post("/authorize")(self._sign_in)
        app.post("/token")(self._token)
        return app

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
        }

    def _page(self, *, failed: bool) -> Response:
        page = _PAGE.render(users=self._users, password_file=self.password_file.name, failed=failed)
        # A page with a password field must not be framed.
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        }
        return HTMLResponse(page, 401 if failed else 200, headers)

    def _fault(self, query: Mapping[str, str]) -> str | None:
        """Return the error page of an invalid authorisation request, which must not be redirected."""
        if query.get("redirect_uri") not in self._redirect_uris:
            return "redirect_uri is not registered"
        if query.get("response_type") != "code" or not query.get("client_id"):
            return "response_type must be code, with a client_id"
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return "PKCE with S256 is required"
        return None

    async def _show(self, request: Request) -> Response:
        if fault := self._fault(request.query_params):
            return _refusal("invalid_request", fault)
        return self._page(failed=False)

    async def _sign_in(
        self, request: Request, login: Annotated[str, Form()], password: Annotated[str, Form()]
    ) -> Response:
        query = request.query_params
        if fault := self._fault(query):
            return _refusal("invalid_request", fault)
        is_right = secrets.compare_digest(password.encode(), self._password.encode())
        if not is_right or login not in self._users:
            return self._page(failed=True)
        now = self._clock.now().timestamp()
        self._grants = {code: grant for code, grant in self._grants.items() if grant.expires > now}
        code = secrets.token_urlsafe(32)
        redirect_uri = query["redirect_uri"]
        self._grants[code] = _Grant(
            login,
            query["client_id"],
            redirect_uri,
            query["code_challenge"],
            query.get("nonce"),
            now + CODE_SECONDS,
        )
        answer = {"code": code, "iss": self.url} | ({"state": query["state"]} if "state" in query else {})
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 303)

    async def _token(self, request: Request) -> Response:
        form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
        match form.get("grant_type"):
            case "authorization_code":
                return self._redeem(form)
            case "refresh_token":
                return self._renew(form)
            case "client_credentials":
                caller = self._machines.get(form.get("client_id", ""))
                secret = form.get("client_secret", "").encode()
                if not secrets.compare_digest(secret, self._secret.encode()) or caller is None:
                    return _refusal("invalid_client", "unknown client or wrong secret", 401)
                return self._tokens(caller, {})
        return _refusal("unsupported_grant_type", "authorization_code, refresh_token or client_credentials")

    def _redeem(self, form: Mapping[str, str]) -> Response:
        # Removed in any case: a code can be used once.
        grant = self._grants.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            grant is None
            or grant.expires <= self._clock.now().timestamp()
            or (grant.client_id, grant.redirect_uri) != (form.get("client_id"), form.get("redirect_uri"))
            or not secrets.compare_digest(challenge, grant.challenge)
        ):
            return _refusal("invalid_grant", "the code is not valid for this request")
        return self._signed_in(grant.login, grant.client_id, {"nonce": grant.nonce} if grant.nonce else {})

    def _renew(self, form: Mapping[str, str]) -> Response:
        # A signed token and no memory, so that sessions outlast a restart.
        try:
            claims = jwt.decode(form.get("refresh_token", ""), self._key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            claims = {}
        is_valid = claims.get("exp", 0) > self._clock.now().timestamp() and claims.get("aud") == self.url
        login = str(claims.get("login", ""))
        if not is_valid or claims.get("client_id") != form.get("client_id") or login not in self._users:
            return _refusal("invalid_grant", "the refresh token is not valid for this request")
        return self._signed_in(login, claims["client_id"], {})

    def _signed_in(self, login: str, client_id: str, more: Mapping[str, str]) -> Response:
        caller = self._users[login]
        identity = self._sign({**claims_of(caller), "aud": client_id, **more}, TOKEN_SECONDS)
        renewal = {"aud": self.url, "login": login, "client_id": client_id}
        return self._tokens(
            caller, {"id_token": identity, "refresh_token": self._sign(renewal, RENEWAL_SECONDS)}
        )

    def _tokens(self, caller: Caller, more: Mapping[str, str]) -> Response:
        body = {
            "access_token": self.issue(caller),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            **more,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _refusal(error: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _stored_or_new(path: Path, new: str) -> str:
    """Return the content of a file; at the first start write `new` to it, readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(new)
    return new
