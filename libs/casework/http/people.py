"""How people of the staff are named in the API: by the subjects of their accounts, with a display name."""

import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from libs.common.http.fields import Impersonal
from libs.common.http.views import View

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
    """A person of the staff; the name is null where no list of staff has it, `unit` is the unit of the list."""

    subject: str = Field(examples=["u-W-371502"])
    name: str | None = Field(examples=["东昌府区供水窗口"])
    unit: str | None = Field(default=None, examples=["东昌府区供水专营单位"])


def person_view(subject: str, names: Names) -> PersonView:
    """Return the view of a person."""
    name, unit = names(subject) or (None, None)
    return PersonView(subject=subject, name=name, unit=unit)
