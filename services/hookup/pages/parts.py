"""What the pages of hookup share: their API, and the names of codes."""

from typing import Annotated

from fastapi import Depends

from libs.pages.codes import Codes
from libs.pages.lists import Choices
from libs.pages.site import PageContext, pages_of
from services.hookup.http.reference_routes import REFERENCE

CODES = Codes.of(REFERENCE)
Hookup = Annotated[PageContext, Depends(pages_of("hookup"))]


def choices(name: str, title: str, group: str) -> Choices:
    """Return the filter by the codes of a group."""
    return Choices(name, title, lambda _session: CODES.names(group))
