"""What the search of the console finds of hookups, and where each kind of it leads."""

from collections.abc import Callable, Mapping, Sequence

from libs.casework.http.search import SearchResults
from libs.pages.declaration import Hit
from libs.pages.lists import address
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream

_KINDS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "case": ("报装件", lambda code: f"/cases/{code}"),
    "permit": ("审批事项", lambda code: f"/permits/{code}"),
    "utility": ("专营单位", lambda code: address("/cases", {"utility": code})),
    "district": ("县（市、区）", lambda code: address("/cases", {"district": code})),
    "street": ("街道、镇", lambda code: address("/cases", {"district": code[:6]})),
}


async def search(api: Upstream, session: Session, text: str) -> Sequence[Hit]:
    """Return what is found of a text."""
    results = await api.get("/v1/search", session, SearchResults, {"q": text})
    return [
        Hit(_KINDS[item.kind][0], item.title, item.about, _KINDS[item.kind][1](item.id) if is_seen else None)
        for is_seen, items in ((True, results.items), (False, results.outside))
        for item in items
        if item.kind in _KINDS
    ]
