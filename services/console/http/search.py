"""The search over all services: each is asked for its part, with the user's own token."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from libs.common.problems import Problem
from libs.pages.declaration import Hit
from libs.pages.sessions import Session
from libs.pages.site import Mounted, SignedIn, render, site_of

log = structlog.get_logger(__name__)
router = APIRouter()

SHORTEST = 2


@router.get("/search")
async def search(
    request: Request, session: SignedIn, q: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Show what all services find; what has just that number is led to, and so is a single hit."""
    site, text = site_of(request), q.strip()
    searched = [service for service in site.services.values() if service.declared.search is not None]
    parts: Sequence[Sequence[Hit] | None] = []
    if len(text) >= SHORTEST:
        parts = await asyncio.gather(*(_part(service, session, text) for service in searched))
    hits = [hit for part in parts if part for hit in part]
    missing = [service.declared.title for service, part in zip(searched, parts, strict=False) if part is None]
    # What is called just so, first of all a case by its number; else the only thing that there is.
    seen = [hit.path for hit in hits if hit.path is not None and hit.title == text.upper()]
    seen = seen or [hit.path for hit in hits if hit.path is not None][: 1 if len(hits) == 1 else 0]
    if seen and not missing:
        return RedirectResponse(seen[0], 303)
    return render(
        request, site.templates, "search.html", session, q=q, hits=hits, missing=missing, shortest=SHORTEST
    )


async def _part(service: Mounted, session: Session, text: str) -> Sequence[Hit] | None:
    """Return what one service finds; None where it does not answer, so that the others' part is still shown."""
    assert service.declared.search is not None  # noqa: S101 - chosen above
    try:
        return await service.declared.search(service.api, session, text)
    except Problem as problem:
        if problem.kind.status == 403:
            return []
        log.warning("search_failed", service=service.declared.title, code=problem.kind.slug)
        return None
