"""The pages of grievances, ratings, rounds, symposia and ledgers: lists, the page of one, and that behind a link."""

from pathlib import Path

from libs.pages.declaration import Entry, ServicePages
from services.grievances.pages import (
    called,
    callers,
    hotline,
    ledgers,
    linked,
    messages,
    opening,
    ratings,
    reveals,
    rounds,
    searching,
)
from services.grievances.pages.codes import CODES
from services.grievances.pages.grievances import GRIEVANCES, TABLE, UPDATES, WORK, search
from services.grievances.pages.surveys import SURVEYS
from services.grievances.pages.symposia import SYMPOSIA

_GROUP = "诉求"
_CITIZEN = frozenset({"citizen"})
_STAFF = frozenset({"utility", "district", "city"})
_ROUND_READERS = rounds.CALLERS | {"administrator"}

PAGES = ServicePages(
    title="诉求服务",
    # The form's address goes before that of a grievance by id.
    routers=[
        callers.router,
        searching.router,
        reveals.router,
        linked.router,
        called.router,
        opening.router,
        ratings.router,
        rounds.router,
        ledgers.router,
        *(
            declared.router()
            for declared in (
                GRIEVANCES,
                WORK,
                UPDATES,
                ratings.RATINGS,
                ratings.WORK,
                rounds.ROUNDS,
                rounds.INTERVIEWS,
                SYMPOSIA,
                SURVEYS,
                ledgers.LISTING,
                ledgers.EXPORTS,
                *ledgers.IMPORTS,
            )
        ),
        hotline.router,
        *(
            declared.router()
            for declared in (hotline.ORDERS, hotline.MESSAGES, hotline.IMPORTS, messages.MESSAGES)
        ),
    ],
    navigation=[
        Entry(WORK.path, WORK.title, _GROUP, 60, begins=WORK.workers),
        Entry(TABLE.path, TABLE.noun, _GROUP, 61),
        Entry(opening.PATH, "登记诉求", _GROUP, 62, opening.ROLES),
        Entry(UPDATES.path, UPDATES.title, _GROUP, 63),
        Entry(searching.PATH, "按内容查找", _GROUP, 66),
        Entry(callers.PATH, "查找来电人", _GROUP, 67, reveals.ROLES),
        Entry(ratings.WORK.path, ratings.WORK.title, _GROUP, 64),
        Entry(ratings.TABLE.path, ratings.TABLE.noun, _GROUP, 65),
        Entry(ratings.INTEGRITY_PATH, "评价真实性", _GROUP, 66),
        Entry(rounds.PATH, "回访走访", _GROUP, 67, _ROUND_READERS, rounds.SCOPES),
        Entry(SYMPOSIA.path, SYMPOSIA.noun, _GROUP, 68, _ROUND_READERS, rounds.SCOPES),
        Entry(SURVEYS.path, SURVEYS.noun, _GROUP, 68, scopes=_STAFF),
        Entry(ledgers.PATH, "清零台账", _GROUP, 69),
        Entry(hotline.ORDERS.path, hotline.ORDERS.noun, _GROUP, 70, hotline.ROLES),
        Entry(hotline.MESSAGES.path, hotline.MESSAGES.table.noun, _GROUP, 71, hotline.ROLES),
        Entry(hotline.IMPORTS.path, hotline.IMPORTS.title, _GROUP, 72, hotline.ROLES),
        Entry(messages.MESSAGES.table.path, messages.MESSAGES.table.noun, _GROUP, 73, hotline.ROLES),
        *(
            Entry(imports.path, imports.title, _GROUP, position, ledgers.IMPORT_ROLES)
            for position, imports in enumerate(ledgers.IMPORTS, 74)
        ),
        Entry(TABLE.path, "我的诉求", "", 36, scopes=_CITIZEN),
        Entry(opening.PATH, "提出诉求", "", 37, scopes=_CITIZEN),
    ],
    templates=Path(__file__).parent / "templates",
    filters={"grievance_code": CODES.named},
    search=search,
)
