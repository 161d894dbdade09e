"""The hookups of a customer, on the customer's page."""

from libs.common.http.cursors import CountedPage
from libs.pages.declaration import Card
from libs.pages.lists import Table, address
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream
from services.hookup.http.models import CaseRow
from services.hookup.pages.cases import CASES

MOST_SHOWN = "10"
# The page is the registry's, whose templates have no macros of cases: no column that is drawn.
_SHOWN = ("number", "state", "due_at", "finished_at")
TABLE = Table(
    CASES.table.path,
    CASES.table.noun,
    [column for column in CASES.table.columns if column.name in _SHOWN],
    is_late=CASES.table.is_late,
)


async def customer_card(api: Upstream, session: Session, customer_id: str) -> Card | None:
    """Return the newest cases of a customer; None for whom there are none."""
    query = {"customer_ref": customer_id.upper()}
    found = await api.get("/v1/hookups", session, CountedPage[CaseRow], {**query, "limit": MOST_SHOWN})
    if not found.items:
        return None
    return Card("报装", TABLE, found.items, address("/cases", query) if found.next else None)
