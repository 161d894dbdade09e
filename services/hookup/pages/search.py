"""What the search of the console finds of hookups, and where each kind of it leads."""

from collections.abc import Callable, Mapping, Sequence

from libs.casework.http.search import SearchResults
from libs.pages.declaration import Hit
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream
from services.hookup.pages.parts import address

_KINDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "case": ("报装件", lambda found: f"/cases/{found}"),
    "permit": ("审批事项", lambda found: f"/permits/{found}"),
    "utility": ("专营单位", lambda found: address("/cases", {"utility": found})),
    "district": ("县（市、区）", lambda found: address("/cases", {"district": found})),
    "street": ("街道、镇", lambda found: address("/cases", {"district": found[:6]})),
}


async def search(api: Upstream, session: Session, text: str) -> Sequence[Hit]:
    """Return what is found of a text."""
    results = await api.get("/v1/search", session, SearchResults, {"q": text})
    return [
        Hit(_KINDS[item.kind][0], item.title, item.about, _KINDS[item.kind][1](item.id))
        for item in results.items
        if item.kind in _KINDS
    ]
