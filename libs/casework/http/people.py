"""How people of the staff are named in the API: by the subjects of their accounts, with a display name."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from libs.common.http.fields import Impersonal
from libs.common.http.views import View

Subject = Annotated[
    str,
    Field(min_length=1, max_length=120, pattern=r"^[\x21-\x7e]+$", examples=["u-W-371502-agent"]),
    Impersonal,
]

Names = Callable[[str], str | None]
"""Returns the display name of a subject, None where it is not known."""


class PersonView(View):
    """A person of the staff; the name is null where no list of staff has it."""

    subject: str = Field(examples=["u-W-371502"])
    name: str | None = Field(examples=["东昌府区供水窗口"])


def person_view(subject: str, names: Names) -> PersonView:
    """Return the view of a person."""
    return PersonView(subject=subject, name=names(subject))
