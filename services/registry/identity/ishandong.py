"""爱山东 by the legacy interface of the province's unified identity (JIS): ticket, token, user data.

There is no official specification: from public sample code, so the readers take what is told and no more. MD5 and
AES-ECB are the platform's choice and stay in this module; neither protects anything of ours.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

import msgspec
import structlog
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from libs.common.auth.callers import Assurance
from libs.common.clock import Clock, local
from libs.common.references import BadReferenceError, normal, visible
from services.registry.domain.identifiers import credit_code, mobile, resident_id
from services.registry.domain.masking import is_masked
from services.registry.identity.asking import Upstream
from services.registry.identity.port import (
    PROOF_REFUSED,
    Provider,
    SubjectKind,
    Ticket,
    VerifiedIdentity,
)

log = structlog.get_logger(__name__)

PATH: Final = "/JIS/sso/interface.do"
SUCCESS: Final = "000000"
TIME: Final = "%Y%m%d%H%M%S"
_RESIDENT_ID: Final = "1"
"""The platform's code of the resident id among the papers of a person."""
_LONGEST: Final = 100
_PARAMETER: Final = msgspec.json.Encoder()


class _Answer(msgspec.Struct):
    retcode: str
    data: str | None = None


class _Token(msgspec.Struct):
    token: str


class _Person(msgspec.Struct):
    uuid: str
    name: str | None = None
    mobile: str | None = None
    paperstype: str | None = None
    papersnumber: str | None = None


class _Legal(msgspec.Struct):
    uuid: str
    corname: str | None = None
    cornumber: str | None = None
    mobile: str | None = None


S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Application:
    """This system as it is registered at the platform; the word signs requests and opens user data (AES-128).

    `faults` are the return codes by which the platform refuses the application itself (its sign, its time) and not
    the ticket: they are not published.
    """

    mark: str
    word: str = field(repr=False)
    faults: Collection[str] = ()


class Ishandong:
    """Exchanges a ticket of 爱山东 for the identity of a person or a legal person."""

    def __init__(self, upstream: Upstream, application: Application, clock: Clock) -> None:
        self._upstream = upstream
        self._application = application
        self._clock = clock

    async def sign_in(self, proof: Ticket) -> VerifiedIdentity:
        """Return the identity of a ticket, which is used up. Raises the problems of `IdentityProvider`."""
        told = await self._call("ticketValidate", {"ticket": proof.ticket})
        token = self._read(told.data, _Token).token
        service, shape = _SERVICES[proof.kind]
        told = await self._call(service, {"token": token})
        try:
            opened = opened_data(told.data or "", self._application.word)
        except ValueError:
            raise self._upstream.unreadable("user data") from None
        user: _Person | _Legal = self._read(opened, shape)
        if not user.uuid.strip() or len(user.uuid) > _LONGEST:
            raise self._upstream.unreadable("user id")
        return self._identity(user)

    async def _call(self, service: str, parameters: Mapping[str, str]) -> _Answer:
        moment = f"{local(self._clock.now()):{TIME}}"
        form = {
            "appmark": self._application.mark,
            "time": moment,
            "sign": sign(self._application, moment),
            "servicename": service,
            "params": _PARAMETER.encode(parameters).decode(),
        }
        told = self._read(await self._upstream.ask("POST", PATH, form=form), _Answer)
        if told.retcode != SUCCESS:
            raise self._refusal(service, told.retcode)
        return told

    def _read(self, text: str | bytes | None, shape: type[S]) -> S:
        try:
            return msgspec.json.decode(text or b"", type=shape)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise self._upstream.unreadable(shape.__name__) from None

    def _refusal(self, service: str, code: str) -> Exception:
        if code in self._application.faults:
            return self._upstream.refused(f"{service} {_code(code)}")
        log.warning("ticket_refused", provider=Provider.ISHANDONG, service=service, retcode=_code(code))
        return PROOF_REFUSED(
            "请返回爱山东APP重新打开本应用；登录凭证只能使用一次，个人、法人类型须与账号一致"
        )

    def _identity(self, user: _Person | _Legal) -> VerifiedIdentity:
        """Return the identity: real-name with name and identifier, else by its mobile number or the account alone."""
        on = local(self._clock.now()).date()
        phone = _normal("mobile", user.mobile, mobile)
        if isinstance(user, _Person):
            kind, name = SubjectKind.PERSON, _name(user.name)
            has_id = user.paperstype == _RESIDENT_ID
            number = _normal("resident id", user.papersnumber if has_id else None, _resident_id_on(on))
        else:
            kind, name = SubjectKind.LEGAL, _name(user.corname)
            number = _normal("credit code", user.cornumber, _credit_code)
        level = Assurance.MOBILE if phone else Assurance.ACCOUNT
        if name and number:
            level = Assurance.REAL_NAME
        return VerifiedIdentity(
            Provider.ISHANDONG, self._application.mark, user.uuid.strip(), kind, level, name, number, phone
        )


def sign(application: Application, moment: str) -> str:
    """Return the sign of a request: the platform demands MD5."""
    text = f"{application.mark}{application.word}{moment}".encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def opened_data(text: str, word: str) -> str:
    """Return the JSON in user data: hexadecimal digits of AES-128-ECB with PKCS7. Raises ValueError."""
    decryptor = Cipher(algorithms.AES128(word.encode()), modes.ECB()).decryptor()  # noqa: S305 - as it encrypts
    padded = decryptor.update(bytes.fromhex(text)) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def _code(text: str) -> str:
    """Return a return code as it may be logged."""
    return text if text.isascii() and text.isalnum() and len(text) <= 12 else "?"


def _name(text: str | None) -> str | None:
    """Return a name as it is stored; a masked one proves nothing."""
    name = " ".join(visible(text or "").split())
    return name if 0 < len(name) <= _LONGEST and not is_masked(name) else None


def _normal(what: str, text: str | None, read: Callable[[str], str]) -> str | None:
    """Return a datum in its normal form; one that is no valid datum is not taken, and its lack lowers the level."""
    if not text or not text.strip():
        return None
    try:
        return read(text)
    except BadReferenceError as error:
        log.warning("identity_datum_invalid", provider=Provider.ISHANDONG, what=what, fault=error.code)
        return None


def _resident_id_on(day: date) -> Callable[[str], str]:
    return lambda text: resident_id(text, day).number


def _credit_code(text: str) -> str:
    # Of any class: that it is registered is the platform's word, and not ours.
    return credit_code(text, {normal(text)[:2]: ""}).code


_SERVICES: Final[Mapping[SubjectKind, tuple[str, type[_Person] | type[_Legal]]]] = {
    SubjectKind.PERSON: ("findOutsideUserByToken", _Person),
    SubjectKind.LEGAL: ("findCorUserByToken", _Legal),
}
