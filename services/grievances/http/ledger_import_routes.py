"""Ledgers 3 and 4 that an office kept before, read in by utilities, districts and the city, each its own."""

from typing import Final

from fastapi import APIRouter

from libs.common.auth.callers import Role
from libs.workbooks.http.import_routes import add_import_routes
from libs.workbooks.http.layout_routes import add_layout_routes
from libs.workbooks.ledgers.own_layout import Layout
from services.grievances.storage.ledger_imports import CALL_LEDGERS, CLEARING_LEDGERS

router = APIRouter(prefix="/v1", tags=["台账"])
IMPORTERS: Final = (Role.CLERK, Role.SUPERVISOR)
_EXAMPLES: Final = (
    (CLEARING_LEDGERS, Layout({"登记号": "工单号", "备注": ""}, {"来源": {"市长热线": "HOTLINE"}})),
    (CALL_LEDGERS, Layout({"登记号": "工单号", "备注": ""}, {"等级": {"较满意": "4"}})),
)

for kind, example in _EXAMPLES:
    add_import_routes(router, kind, importers=IMPORTERS)
    add_layout_routes(router, kind, example, readers=IMPORTERS, savers=(Role.CLERK,))
