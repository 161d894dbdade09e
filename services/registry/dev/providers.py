"""测试用身份提供方: providers of identities for a laptop and for tests, which behave as the documents describe.

One application stands for 爱山东 (JIS) and for WeChat, with the same people: some samples, and who lives in the
example city, each by the 户号 of an account. Its page, and `POST /proofs/…`, give one of them a ticket or a code, as
the app would get it: whoever opens the page may be anyone, so it serves this machine only. Signs and encrypts by
itself, so that the adapters are not compared with themselves.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fastapi import FastAPI, Form, HTTPException
from jinja2 import Environment
from starlette.responses import HTMLResponse, JSONResponse, Response

from libs.common.clock import SHANGHAI, Clock
from services.registry.dev.example_city import holder_of
from services.registry.identity import ishandong, wechat
from services.registry.identity.ishandong import Application
from services.registry.identity.port import Provider, SubjectKind
from services.registry.identity.wechat import MiniProgram

LAPTOP_PORT: Final = 50
"""The place of the providers among a laptop's ports; services have theirs in `bootstrap.py`."""
APPLICATION: Final = Application("sqn-laptop", "laptop-only-word", frozenset({"SIGN", "TIME"}))
PROGRAM: Final = MiniProgram("wx-laptop", "laptop-only-secret")
# What is not published; the platform's clock and ours may differ by so much.
SKEW: Final = timedelta(minutes=5)
PROOF_LIFE: Final = timedelta(minutes=5)
REFUSED_SIGN, REFUSED_TIME, REFUSED_TICKET, REFUSED_TOKEN = "SIGN", "TIME", "TICKET", "TOKEN"
_MOST_PROOFS: Final = 10_000

PERSONS: Final[Mapping[str, Mapping[str, str]]] = {
    "person-1": {
        "uuid": "p-0001",
        "name": "测试用户一",
        "paperstype": "1",
        "papersnumber": "371502199001011234",
        "mobile": "13800000001",
    },
    "person-2": {"uuid": "p-0002", "name": "", "mobile": "13800000002"},
}
LEGAL: Final[Mapping[str, Mapping[str, str]]] = {
    "company-1": {
        "uuid": "c-0001",
        "corname": "测试企业一",
        "cornumber": "91371500MA3TEXT0XY",
        "cortype": "1",
        "corusername": "测试用户一",
        "mobile": "13800000003",
    },
}
_PEOPLE: Final = {"findOutsideUserByToken": SubjectKind.PERSON, "findCorUserByToken": SubjectKind.LEGAL}
NAMES: Final = {
    "person-1": "测试用户一（实名）",
    "person-2": "仅验证手机号",
    "company-1": "测试企业一（法人）",
}
OPENIDS: Final = {"person-1": "oLaptopUser0001", "person-2": "oLaptopUser0002"}

_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>测试用身份提供方</title>
<style>body{font:16px/1.6 sans-serif;max-width:40rem;margin:2rem auto}pre{background:#eee;padding:1rem}</style>
<h1>测试用身份提供方</h1>
<p><strong>仅限本机测试使用。</strong>代替爱山东和微信，为测试用户签发一次性的登录凭证，五分钟内有效。</p>
{% if given %}<p role="status">{{ given.title }}的登录凭证，由应用后台凭本渠道的令牌提交：</p>
<pre>POST {{ given.path }}
{{ given.body }}</pre>{% endif %}
<form method="post" action="/">
{% for key, name in names.items() %}<p>{{ name }}
<button name="proof" value="ISHANDONG {{ key }}">爱山东票据</button>
{% if key in openids %}<button name="proof" value="WECHAT {{ key }}">微信登录凭证</button>{% endif %}</p>
{% endfor %}
<p><label>示例城市的用户，户号 <input name="account" value="{{ example }}"></label>
<button name="proof" value="ISHANDONG">爱山东票据</button>
<button name="proof" value="WECHAT">微信登录凭证</button></p>
</form></html>""")
EXAMPLE: Final = "H-371502-0000001"


def person_of(key: str) -> tuple[SubjectKind, Mapping[str, str]]:
    """Return what 爱山东 knows of a sample, or of the holder of an account of the example city. Raises KeyError."""
    if (sample := PERSONS.get(key)) is not None:
        return SubjectKind.PERSON, sample
    if (company := LEGAL.get(key)) is not None:
        return SubjectKind.LEGAL, company
    row = holder_of(key)
    # Each customer has a mobile of its own, so these digits stand for it.
    login = {"uuid": f"city-{row['手机号'][3:]}", "mobile": row["手机号"]}
    name, number = row["用户名称"], row["证件号码"]
    if row["用户类型"] == "自然人":
        return SubjectKind.PERSON, {**login, "name": name, "paperstype": "1", "papersnumber": number}
    return SubjectKind.LEGAL, {
        **login,
        "corname": name,
        "cornumber": number,
        "cortype": "1",
        "corusername": row.get("联系人", name),
    }


def openid_of(key: str) -> str | None:
    """Return the openid of somebody by the same key; None where WeChat knows none. Raises KeyError."""
    kind, known = person_of(key)
    if key in NAMES:
        return OPENIDS.get(key)
    return f"oLaptop-{known['uuid']}" if kind is SubjectKind.PERSON else None


def settings_for(url: str, issuer: str) -> Mapping[str, str]:
    """Return the settings of a registry at an address that signs citizens in by the providers at another one."""
    return {
        "citizen_issuer": issuer,
        "citizen_jwks_url": f"{issuer}/.well-known/jwks.json",
        "ishandong_url": url,
        "ishandong_app_mark": APPLICATION.mark,
        "ishandong_app_word": APPLICATION.word,
        "ishandong_faults": ",".join(sorted(APPLICATION.faults)),
        "wechat_url": url,
        "wechat_appid": PROGRAM.appid,
        "wechat_secret": PROGRAM.secret,
    }


@dataclass
class SampleProviders:
    """The state of both providers: what was given out and is not used yet, in memory."""

    clock: Clock
    application: Application = APPLICATION
    program: MiniProgram = PROGRAM
    _proofs: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _used_codes: set[str] = field(default_factory=set)

    def proof(self, person: str) -> str:
        """Return a new ticket, token or code for a person."""
        if len(self._proofs) >= _MOST_PROOFS:
            self._proofs.pop(next(iter(self._proofs)))
        text = secrets.token_urlsafe(24)
        self._proofs[text] = person, self.clock.now() + PROOF_LIFE
        return text

    def used(self, text: str) -> str | None:
        """Return the person of a proof and use it up; None for one that is unknown, used or too old."""
        person, until = self._proofs.pop(text, (None, self.clock.now()))
        return person if self.clock.now() < until else None

    def jis(self, form: Mapping[str, str]) -> dict[str, str]:
        """Answer a request of JIS."""
        moment = form["time"]
        if not hmac.compare_digest(_sign(self.application, moment).encode(), form["sign"].encode()):
            return {"retcode": REFUSED_SIGN, "msg": "签名错误"}
        try:
            claimed = datetime.strptime(moment, ishandong.TIME).replace(tzinfo=SHANGHAI)
        except ValueError:
            return {"retcode": REFUSED_TIME, "msg": "时间格式错误"}
        if form["appmark"] != self.application.mark or abs(claimed - self.clock.now()) > SKEW:
            return {"retcode": REFUSED_TIME, "msg": "请求已过期"}
        given = msgspec.json.decode(form["params"], type=dict[str, str])
        if form["servicename"] == "ticketValidate":
            person = self.used(given.get("ticket", ""))
            if person is None:
                return {"retcode": REFUSED_TICKET, "msg": "票据无效"}
            return {"retcode": ishandong.SUCCESS, "data": _text({"token": self.proof(person)})}
        person = self.used(given.get("token", ""))
        kind, user = (None, {}) if person is None else person_of(person)
        if kind is None or kind is not _PEOPLE.get(form["servicename"]):
            return {"retcode": REFUSED_TOKEN, "msg": "令牌无效"}
        return {
            "retcode": ishandong.SUCCESS,
            "data": encrypted(_text(user), self.application.word),
        }

    def session(self, appid: str, secret: str, code: str) -> dict[str, object]:
        """Answer a request of `jscode2session`."""
        if appid != self.program.appid:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if not hmac.compare_digest(secret.encode(), self.program.secret.encode()):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if code in self._used_codes:
            return {"errcode": 40163, "errmsg": "code been used"}
        person = self.used(code)
        openid = None if person is None else openid_of(person)
        if openid is None:
            return {"errcode": 40029, "errmsg": "invalid code"}
        self._used_codes.add(code)
        return {"openid": openid, "session_key": secrets.token_urlsafe(18)}

    def request_of(self, provider: Provider, person: str) -> tuple[str, dict[str, str]]:
        """Return the path and body of the request that signs a person in. Raises KeyError for an unknown person."""
        kind, _ = person_of(person)
        if provider is Provider.WECHAT:
            if openid_of(person) is None:
                raise KeyError(person)
            return "/v1/sign-ins/wechat", {"code": self.proof(person)}
        return "/v1/sign-ins/ishandong", {"ticket": self.proof(person), "kind": kind}

    def app(self) -> FastAPI:
        """Return the HTTP of both providers, and of the page that gives out proofs."""
        app = FastAPI(title="测试用身份提供方", openapi_url=None, max_body_size=65_536)

        @app.post(ishandong.PATH)
        async def interface(
            appmark: Annotated[str, Form()],
            time: Annotated[str, Form()],
            sign: Annotated[str, Form()],
            servicename: Annotated[str, Form()],
            params: Annotated[str, Form()],
        ) -> Response:
            form = {"appmark": appmark, "time": time, "sign": sign}
            return JSONResponse(self.jis({**form, "servicename": servicename, "params": params}))

        @app.get(wechat.PATH)
        async def session(appid: str, secret: str, js_code: str) -> Response:
            return JSONResponse(self.session(appid, secret, js_code))

        @app.post("/proofs/{provider}/{person}")
        async def proofs(provider: Provider, person: str) -> dict[str, Any]:
            path, body = self._request(provider, person)
            return {"path": path, "body": body}

        @app.get("/")
        async def page() -> Response:
            return _page(None)

        @app.post("/")
        async def given(proof: Annotated[str, Form()], account: Annotated[str, Form()] = "") -> Response:
            name, _, sample = proof.partition(" ")
            if name not in set(Provider):
                raise HTTPException(404)
            person = sample or account.strip()
            path, body = self._request(Provider(name), person)
            title = NAMES.get(person, f"户号 {person} 的用户")
            return _page({"title": title, "path": path, "body": _text(body)})

        return app

    def _request(self, provider: Provider, person: str) -> tuple[str, dict[str, str]]:
        try:
            return self.request_of(provider, person)
        except KeyError:
            raise HTTPException(404) from None


def app(clock: Clock) -> FastAPI:
    """Return the application of sample providers."""
    return SampleProviders(clock).app()


def encrypted(text: str, word: str) -> str:
    """Return user data as the platform encrypts it: hexadecimal digits of AES-128-ECB with PKCS7."""
    data = text.encode()
    length = 16 - len(data) % 16
    encryptor = Cipher(algorithms.AES128(word.encode()), modes.ECB()).encryptor()
    return (encryptor.update(data + bytes([length]) * length) + encryptor.finalize()).hex()


def _sign(application: Application, moment: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for part in (application.mark, application.word, moment):
        digest.update(part.encode())
    return digest.hexdigest()


def _page(given: Mapping[str, str] | None) -> Response:
    page = _PAGE.render(names=NAMES, openids=OPENIDS, example=EXAMPLE, given=given)
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
    return HTMLResponse(page, headers=headers)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
