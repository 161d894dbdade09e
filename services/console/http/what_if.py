"""Past cases judged by other rules: the form, and the table of differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from libs.common.problems import Problem
from services.console.http.cases import names
from services.console.http.parts import FromOwnPage, Parts, SignedIn, Texts, ThisConsole, beside_fields
from services.console.readers.foresight import WhatIfReport
from services.console.sessions import Session

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
async def ask(console: ThisConsole, session: SignedIn) -> Response:
    """Show the form."""
    return await _page(console, session, Filled())


@router.post("/what-if")
async def compare(
    console: ThisConsole, session: FromOwnPage, form: Annotated[Filled, Depends(filled)]
) -> Response:
    """Show the differences; what is wrong with the form is shown beside its field."""
    try:
        report = await console.hookup.post(
            "/v1/policies/what-if",
            session,
            WhatIfReport,
            {"Idempotency-Key": str(uuid4())},
            json=form.asked(),
        )
    except Problem as problem:
        if not problem.errors:
            raise
        errors = beside_fields(problem.errors)
        return await _page(console, session, form, errors=errors)
    return await _page(console, session, form, report)


async def _page(
    console: Parts,
    session: Session,
    form: Filled,
    report: WhatIfReport | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    reference = await console.reference(session)
    return console.page(
        "what_if.html",
        session,
        form=form,
        report=report,
        errors=errors or {},
        readings=reference.readings,
        excludable=[each for each in reference.stages if each.code in EXCLUDABLE],
        length_classes=names(reference.length_classes),
    )
