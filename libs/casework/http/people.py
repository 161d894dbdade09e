"""How people of the staff are named in the API: by the subjects of their accounts, with a display name."""

import re
from collections.abc import Callable
from typing import Annotated, Final, NamedTuple

from pydantic import BeforeValidator, Field

from libs.common.auth.callers import ScopeKind
from libs.common.http.fields import Impersonal
from libs.common.http.views import View
from libs.common.places import load_places

_SUBJECT = r"^[\x21-\x7e]+$"


def _in_words(subject: object) -> object:
    """Say in words what an account must be; the pattern is for programs."""
    if isinstance(subject, str) and subject and not re.fullmatch(_SUBJECT, subject):
        raise ValueError(
            "账号只有英文字母、数字和符号，没有空格", "请填写登录用的账号，例如 u-W-371502-agent"
        )
    return subject


Subject = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=_SUBJECT, examples=["u-W-371502-agent"]),
    BeforeValidator(_in_words),
    Impersonal,
]


class Named(NamedTuple):
    """A person's display name, and the name of the unit whose list has it: a unit names only its own people."""

    name: str
    unit: str


Names = Callable[[str], Named | None]
"""Returns how a subject is named, None where no list of staff has it."""


class PersonView(View):
    """A person of the staff; the name is null where no list of staff has it, `unit` is the unit of the list.

    Without a name, unit and role say who it is as far as that is known.
    """

    subject: str = Field(examples=["u-W-371502"])
    name: str | None = Field(examples=["东昌府区供水窗口"])
    unit: str | None = Field(default=None, examples=["东昌府区供水专营单位"])
    role: str | None = Field(
        default=None, examples=["工作人员"], description="What somebody without a name is in that unit"
    )


class PeopleView(View):
    """The people who did something about a thing."""

    items: list[PersonView]


# What somebody of a unit is where no list has a name; of users and their apps the unit says it.
_ROLES: Final = {
    ScopeKind.UTILITY: "工作人员",
    ScopeKind.DISTRICT: "工作人员",
    ScopeKind.CITY: "工作人员",
    ScopeKind.AUTHORITY: "审批人员",
}


def role_name(unit: str) -> str | None:
    """Return what somebody who acts from a unit is, in words; None where the unit says it."""
    return _ROLES.get(ScopeKind(unit.partition(":")[0]))


def unit_name(unit: str) -> str:
    """Return the Chinese name of an actor's unit, as events name it; the code where it is not known any more."""
    kind, _, code = unit.partition(":")
    try:
        match ScopeKind(kind):
            case ScopeKind.CITY:
                return "市级主管部门"
            case ScopeKind.CITIZEN:
                return "用户"
            case ScopeKind.UTILITY:
                return load_places().utility(code).name
            case ScopeKind.DISTRICT:
                return load_places().division(code).name
    except (KeyError, ValueError):
        pass
    return code or unit


def person_view(subject: str, names: Names, unit: str | None = None, role: str | None = None) -> PersonView:
    """Return the view of a person; `unit` and `role` are of who has no name."""
    named = names(subject)
    if named is None:
        return PersonView(subject=subject, name=None, unit=unit, role=role)
    return PersonView(subject=subject, name=named.name, unit=named.unit)
