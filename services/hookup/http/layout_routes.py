"""Routes of each utility's own layout of ledgers."""

from fastapi import APIRouter

from libs.common.auth.callers import Role
from libs.workbooks.http.layout_routes import add_layout_routes
from libs.workbooks.ledgers.own_layout import Layout
from services.hookup.storage.imports import LEDGERS

router = APIRouter(prefix="/v1", tags=["台账"])

IMPORTERS = (Role.CLERK, Role.SUPERVISOR)
"""The roles that read ledgers in."""
_EXAMPLE = Layout({"工单号码": "受理编号", "联系电话": ""}, {"用户类别": {"大户": "ENT"}})

add_layout_routes(router, LEDGERS, _EXAMPLE, readers=IMPORTERS, savers=(Role.CLERK,))
