"""What the providers of identities prove, and what the registry keeps of it: the seams of sign-in.

The adapters implement `IdentityProvider`, the registry's storage implements `Citizens`. What a provider says of a
person is for the registry alone: it is in no event, in no log and in no token.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeVar

from libs.common.auth.callers import Assurance
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.problems import define

PROOF_REFUSED: Final = define("sign-in-proof-refused", 422, "登录凭证已使用或已失效")
ACCOUNT_BLOCKED: Final = define("sign-in-account-blocked", 403, "身份认证平台不允许该账号登录")
NOT_OFFERED: Final = define("sign-in-not-offered", 404, "尚未开通这种登录方式")
PROVIDER_REFUSED: Final = define("identity-provider-refused", 502, "身份认证平台未接受本系统的请求")
PROVIDER_UNREADABLE: Final = define("identity-provider-unreadable", 502, "身份认证平台的答复无法读取")
PROVIDER_UNAVAILABLE: Final = define("identity-provider-unavailable", 503, "身份认证平台暂时无法使用")


class Provider(StrEnum):
    """Who proves a citizen's identity."""

    ISHANDONG = "ISHANDONG"  # 爱山东, the province's unified identity
    WECHAT = "WECHAT"


class SubjectKind(StrEnum):
    """Whom an account of a provider stands for."""

    PERSON = "PERSON"
    LEGAL = "LEGAL"


SUBJECT_KIND_NAMES: Final = {SubjectKind.PERSON: "个人", SubjectKind.LEGAL: "法人"}


@dataclass(frozen=True, slots=True)
class Ticket:
    """A single-use ticket of 爱山东, and the kind of account that the app says it is of."""

    ticket: str = field(repr=False)
    kind: SubjectKind


@dataclass(frozen=True, slots=True)
class WechatCode:
    """A single-use code that a mini-program got from `wx.login`."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedIdentity:
    """An identity as a provider proves it; identifier and mobile are in the registry's normal form.

    The account is named by provider, realm (the application at the provider) and user id together: an openid is of
    one appid only. `identifier` is the resident id of a person, the credit code of a legal person.
    """

    provider: Provider
    realm: str
    user_id: str = field(repr=False)
    kind: SubjectKind
    assurance: Assurance
    name: str | None = field(default=None, repr=False)
    identifier: str | None = field(default=None, repr=False)
    mobile: str | None = field(default=None, repr=False)


P = TypeVar("P", contravariant=True)


class IdentityProvider(Protocol[P]):
    """Exchanges a proof, once, for the identity that it proves."""

    async def sign_in(self, proof: P) -> VerifiedIdentity:
        """Return the identity.

        Raises the problems `sign-in-proof-refused`, `sign-in-account-blocked`, `identity-provider-refused`,
        `identity-provider-unreadable` and `identity-provider-unavailable`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """The customer of an account, by its id in capitals, and the level of the sign-in that linked the account to it.

    None where it was not linked by another sign-in.
    """

    customer: str
    linked: Assurance | None = None

    def assurance(self, proved: Assurance, most: Assurance) -> Assurance:
        """Return how well it is proved who signs in: by the account, or by what linked it, `most` at most."""
        return proved if self.linked is None else max(proved, min(self.linked, most))


class Citizens(Protocol):
    """The registry's customers by their accounts at the providers; works in the caller's transaction."""

    async def find_or_open(self, uow: UnitOfWork, identity: VerifiedIdentity) -> Found:
        """Return the customer whose account this is: a UUID in capitals, as `customer_reference` has it.

        An account that is linked already gives its customer, whatever else the identity says. Otherwise an identity
        of the level REAL_NAME gives the customer of its identifier, and links the account; a lower one never does:
        a name or a number that nobody verified finds nobody. Otherwise a new customer is opened with what is
        verified. Two sign-ins at once open one customer: the account is unique in its table.
        """
        ...

    async def link(
        self, uow: UnitOfWork, customer: str, identity: VerifiedIdentity, level: Assurance
    ) -> None:
        """Link one more account to a customer, who has proved both in this request, the own identity at a level.

        Again only notes the level.

        Raises RuleError `account-linked-elsewhere` where it is linked to another customer.
        """
        ...
