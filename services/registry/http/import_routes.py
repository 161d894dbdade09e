"""Routes of the ledger of a utility's accounts: its own layout, and the files read in by it."""

from fastapi import APIRouter

from libs.common.auth.callers import Role
from libs.workbooks.http.import_routes import add_import_routes
from libs.workbooks.http.layout_routes import add_layout_routes
from libs.workbooks.ledgers.own_layout import Layout
from services.registry.storage.imports import ACCOUNT_LEDGERS

router = APIRouter(prefix="/v1", tags=["用户清册"])

# An account belongs to its utility, and so does the ledger of them.
_IMPORTERS = (Role.CLERK,)
_EXAMPLE = Layout({"用水编号": "户号", "备注": ""}, {"用途": {"民用": "RESIDENTIAL"}})

add_layout_routes(router, ACCOUNT_LEDGERS, _EXAMPLE, readers=_IMPORTERS, savers=_IMPORTERS)
add_import_routes(router, ACCOUNT_LEDGERS, importers=_IMPORTERS)
