"""Every cell of the table of authorisations, as the figures' service answers it."""

from pathlib import Path

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.clock import ManualClock
from libs.common.http.app import create_app
from services.metrics.bootstrap import build
from services.metrics.settings import Settings
from tests.support.authorisation import Cells, Objects
from tests.support.servers import sqlite_database

ISSUER = "http://127.0.0.1:9000"


async def test_every_cell_is_answered_as_the_table_says(tmp_path: Path, clock: ManualClock) -> None:
    """Whose cases are in the figures of a place is asked beside the figures (`test_http.py`)."""
    settings = Settings(
        database_url=sqlite_database(tmp_path),
        bus_url=f"sqlite:///{tmp_path}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
    )
    service = build(settings, clock)
    await service.migrate()
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    nothing = Objects({})
    values = {"codes": "closed", "code": "closed"}
    cells = Cells(app, issuer, nothing, nothing, values=values, endless=frozenset({"followBoard"}))
    faults = await cells.faults()
    await service.close()
    assert not faults, "\n".join(faults)
