"""Past cases judged by other rules: the form, and the table of differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from libs.pages.sessions import Session
from libs.pages.site import FromOwnPage, PageContext, SignedIn, Texts, or_errors
from services.hookup.http.what_if_routes import WhatIfReport
from services.hookup.pages.parts import CODES, Hookup

router = APIRouter()

EXCLUDABLE = ("CONTRACT", "PERMIT", "EXTERNAL_WORKS")


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form says; no reading means each case's own."""

    first_month: str = ""
    last_month: str = ""
    judged: str = ""
    excluded: Sequence[str] = ()

    def asked(self) -> Mapping[str, object]:
        """Return what the hookup service is asked."""
        return {
            "first_month": self.first_month.strip(),
            "last_month": self.last_month.strip(),
            "judged": self.judged or None,
            "excluded_stages": list(self.excluded),
        }


async def filled(
    excluded: Texts,
    first_month: Annotated[str, Form()] = "",
    last_month: Annotated[str, Form()] = "",
    judged: Annotated[str, Form()] = "",
) -> Filled:
    """Return what the form says, as it is: the hookup service tells what is wrong with it."""
    return Filled(first_month, last_month, judged, excluded)


@router.get("/what-if")
async def ask(pages: Hookup, session: SignedIn) -> Response:
    """Show the form."""
    return await _page(pages, session, Filled())


@router.post("/what-if")
async def compare(pages: Hookup, session: FromOwnPage, form: Annotated[Filled, Depends(filled)]) -> Response:
    """Show the differences; what is wrong with the form is shown beside its field."""
    key = {"Idempotency-Key": str(uuid4())}
    asked = pages.api.post("/v1/policies/what-if", session, WhatIfReport, key, json=form.asked())
    return await _page(pages, session, form, *await or_errors(asked))


async def _page(
    pages: PageContext,
    session: Session,
    form: Filled,
    report: WhatIfReport | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    return pages.render(
        "what_if.html",
        session,
        form=form,
        report=report,
        errors=errors or {},
        readings=CODES.names("readings"),
        excludable=[stage for stage in CODES.names("stages") if stage.code in EXCLUDABLE],
    )
