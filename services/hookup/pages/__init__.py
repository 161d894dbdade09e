"""The pages of hookup: cases and all that is done about them, permits, ledgers, rules and forecasts."""

from pathlib import Path

from libs.common.auth.callers import Scope, ScopeKind
from libs.pages.declaration import Entry, ServicePages
from services.hookup.http.permit_views import authority_name
from services.hookup.pages import (
    applications,
    b_ready,
    calendar,
    forecast,
    guide,
    joint,
    logs,
    permits,
    policies,
    staff,
    what_if,
)
from services.hookup.pages.case import CASE
from services.hookup.pages.customer_card import customer_card
from services.hookup.pages.imports import IMPORTS
from services.hookup.pages.parts import CODES
from services.hookup.pages.permits import PERMIT
from services.hookup.pages.search import search
from services.hookup.pages.work import UPDATES, WORK

_HERE = Path(__file__).parent
_HOOKUP, _RULES = "报装", "规则"
_LATE_ENTRIES = "kind=DECIDE_LATE_ENTRY"
_AUTHORITY, _CITIZEN = frozenset({"authority"}), frozenset({"citizen"})


def _scope_name(scope: Scope) -> str | None:
    return authority_name(scope.code) if scope.kind is ScopeKind.AUTHORITY else None


PAGES = ServicePages(
    title="报装服务",
    # The log's address goes before that of an import by its id.
    routers=[
        *(declared.router() for declared in (CASE, WORK, UPDATES, PERMIT)),
        *(
            module.router
            for module in (
                applications,
                joint,
                staff,
                permits,
                forecast,
                guide,
                what_if,
                policies,
                calendar,
                b_ready,
                logs,
            )
        ),
        IMPORTS.router(),
    ],
    navigation=[
        Entry("/work", "待办", "", 20, begins=WORK.workers),
        Entry("/cases", "报装件", "", 30),
        Entry("/updates", "更新", "", 35),
        Entry("/cases", "我的办件", "", 30, scopes=_CITIZEN),
        Entry("/permits", "审批事项", "", 30, scopes=_AUTHORITY),
        Entry("/forecast", "按时预测", _HOOKUP, 40),
        Entry("/b-ready", "获得用水", _HOOKUP, 50),
        Entry(
            f"/work?whose=approver&{_LATE_ENTRIES}",
            "补录待批",
            _HOOKUP,
            52,
            frozenset({"approver"}),
            frozenset({"utility"}),
        ),
        Entry(
            f"/work?whose=supervisor&{_LATE_ENTRIES}",
            "补录待批",
            _HOOKUP,
            52,
            frozenset({"supervisor"}),
            frozenset({"district", "city"}),
        ),
        Entry("/permits?objected=true", "备案异议", _HOOKUP, 54),
        Entry("/permits", "审批事项", _HOOKUP, 55),
        Entry("/fees", "收费目录", _HOOKUP, 56),
        Entry("/materials", "材料清单", _HOOKUP, 57),
        Entry("/imports", "台账导入", _HOOKUP, 60, frozenset({"clerk", "supervisor"})),
        Entry("/staff", "单位人员", _HOOKUP, 71, frozenset({"approver"}), frozenset({"utility"})),
        Entry("/staff", "市级人员", _HOOKUP, 71, frozenset({"administrator"}), frozenset({"city"})),
        Entry("/commitment-bars", "承诺失信", _HOOKUP, 80, frozenset({"administrator"}), frozenset({"city"})),
        Entry("/commitment-bars", "承诺失信", "", 80, scopes=_AUTHORITY),
        Entry(
            "/what-if",
            "规则推演",
            _RULES,
            90,
            frozenset({"clerk", "approver", "supervisor", "administrator"}),
        ),
        Entry(
            "/policies",
            "规则版本",
            _RULES,
            91,
            frozenset({"supervisor", "administrator"}),
            begins=frozenset({"administrator"}),
        ),
        Entry("/calendar", "工作日历", _RULES, 92, frozenset({"administrator"}), frozenset({"city"})),
    ],
    templates=_HERE / "templates",
    filters={"named": CODES.named, "authority": authority_name},
    search=search,
    customer_card=customer_card,
    scope_name=_scope_name,
)
