"""Ledgers 3 and 4 as they are read in: the office's columns, and those that a new entry or call-back needs beside."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.places import load_places
from libs.workbooks.jobs.kinds import ImportKind
from libs.workbooks.ledgers.template import Column, Content, Words
from services.grievances.domain.values.kinds import KIND_NAMES, GrievanceKind
from services.grievances.storage.hotline_imports import (
    CONFIDENTIAL,
    CONTACTED,
    FLAGS,
    KIND,
    NAME,
    PHONE,
    SOLVED,
)
from services.grievances.storage.ledgers import CALL_BACKS, CLEARING, DISTRICT, UTILITY
from services.grievances.storage.tables import CALL_IMPORTS, CLEARING_IMPORTS

ENTERED, TOPIC, CALLER = "列账时间", "诉求类别", "回访人"
KINDS: Final[Words[GrievanceKind]] = Words(KIND_NAMES)
CLEARING_LEDGER: Final = replace(
    CLEARING,
    columns=(
        *CLEARING.columns,
        Column(ENTERED, 18, aliases=("挂账时间", "列入时间"), content=Content.MOMENT),
        Column(KIND, 10, aliases=("诉求类型",), words=KINDS),
        Column(TOPIC, 20, aliases=("问题分类",)),
        Column(NAME, 10, aliases=("姓名", "联系人")),
        Column(PHONE, 14, aliases=("电话", "联系方式"), content=Content.IDENTIFIER),
        Column(CONFIDENTIAL, 8, words=FLAGS),
    ),
)
CALL_LEDGER: Final = replace(
    CALL_BACKS,
    columns=(
        *CALL_BACKS.columns,
        Column(CALLER, 12, aliases=("回访人员",)),
        Column(CONTACTED, 8, aliases=("是否联系过",), words=FLAGS),
        Column(SOLVED, 8, aliases=("解决情况",), words=FLAGS),
    ),
)


def _constants(scope: Scope) -> Mapping[str, str]:
    """Return what is the same in every row of a utility's ledger."""
    if scope.kind is not ScopeKind.UTILITY:
        return {}
    places = load_places()
    utility = places.utility(scope.code)
    return {DISTRICT: places.division(utility.district).name, UTILITY: utility.name}


CLEARING_LEDGERS: Final = ImportKind(
    CLEARING_LEDGER,
    CLEARING_IMPORTS,
    address="clearing-ledger-imports",
    constants=_constants,
    check_rows=200,
    load_rows=25,
)
CALL_LEDGERS: Final = ImportKind(
    CALL_LEDGER, CALL_IMPORTS, address="call-back-ledger-imports", check_rows=200, load_rows=25
)
