"""The pages of the registry: accounts, requests on them, customers with their whole story, and the search."""

from pathlib import Path

from libs.pages.declaration import Entry, ServicePages
from services.registry.http.change_names import field_name
from services.registry.pages import (
    account_requests,
    authorisations,
    duplicates,
    exports,
    lookup,
    oversight,
    reveals,
    rights,
    sizes,
)
from services.registry.pages.accounts import ACCOUNTS
from services.registry.pages.authorisations import AUTHORISATIONS
from services.registry.pages.codes import CODES
from services.registry.pages.customers import CUSTOMERS
from services.registry.pages.imports import IMPORTS
from services.registry.pages.requests import REQUESTS, TABLE, UPDATES, WORK, customer_card, search

_REGISTRY = "用户"
_LOOKING = frozenset({"clerk", "window", "approver", "supervisor", "administrator"})
_CITIZEN = frozenset({"citizen"})

PAGES = ServicePages(
    title="用户底数服务",
    # The search's address goes before that of a customer by id.
    routers=[
        lookup.router,
        authorisations.router,
        reveals.router,
        oversight.router,
        account_requests.router,
        exports.router,
        rights.router,
        *(declared.router() for declared in (ACCOUNTS, AUTHORISATIONS, CUSTOMERS, REQUESTS, WORK, UPDATES)),
        *(declared.router() for declared in (IMPORTS, exports.LISTING, sizes.LISTING)),
        *(declared.router() for declared in (duplicates.PAIRS, duplicates.WORK, rights.CASES, rights.WORK)),
    ],
    navigation=[
        Entry(
            "/customers",
            "查找用户",
            _REGISTRY,
            100,
            frozenset({"clerk", "window", "approver", "supervisor"}),
        ),
        Entry("/accounts", "户", _REGISTRY, 101),
        Entry(WORK.path, WORK.title, _REGISTRY, 102, begins=WORK.workers),
        Entry(TABLE.path, TABLE.noun, _REGISTRY, 103),
        Entry(UPDATES.path, UPDATES.title, _REGISTRY, 104),
        Entry(
            oversight.EXCEPTIONS,
            "应急访问",
            _REGISTRY,
            105,
            frozenset({"supervisor", "administrator", "auditor"}),
            frozenset({"city", "district"}),
        ),
        Entry(
            oversight.PATH,
            "审计记录",
            _REGISTRY,
            106,
            frozenset({"auditor"}),
            frozenset({"city"}),
            begins=frozenset({"auditor"}),
        ),
        Entry("/account-imports", "清册导入", _REGISTRY, 107, frozenset({"clerk"})),
        Entry(exports.PATH, "户导出", _REGISTRY, 108, exports.ROLES),
        Entry("/authorisations", "代办授权", _REGISTRY, 109, frozenset({"window", "clerk", "approver"})),
        Entry(duplicates.WORK.path, duplicates.WORK.title, _REGISTRY, 110, _LOOKING),
        Entry(rights.WORK.path, rights.WORK.title, _REGISTRY, 111, _LOOKING),
        Entry(sizes.LISTING.path, "企业规模", _REGISTRY, 112, _LOOKING),
        Entry("/accounts", "我的户", "", 32, scopes=_CITIZEN),
        Entry(TABLE.path, "我的业务", "", 34, scopes=_CITIZEN),
        Entry(rights.PATH, "我的信息权利请求", "", 35, scopes=_CITIZEN),
    ],
    templates=Path(__file__).parent / "templates",
    filters={"named": CODES.named, "field_name": field_name},
    search=search,
    customer_card=customer_card,
)
