"""What must be true of hookup cases after chaos: permit items, bars and figures say what the cases say."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from libs.common import laptop
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.database.engine import Database
from libs.common.encryption.keys import EncryptionSettings
from libs.common.encryption.records import Records, text_of
from libs.development.checks import Cell, Check, compare
from libs.development.stack import Stack
from services.hookup.dev.chaos.figures import (
    RulesOf,
    case_figures,
    figures_of_cases,
    live_figures,
    pause_figures,
    stage_figures,
)
from services.hookup.domain.case import Case
from services.hookup.domain.values.permit_items import PermitItem
from services.hookup.storage.rulebook import RuleBook
from services.hookup.storage.tables import hookup_case, permit_item

Row = Mapping[str, Any]
# The processes of chaos have the laptop's keys.
_RECORDS: Final = Records(EncryptionSettings.model_validate(laptop.KEYS).ring())


async def checks_of_cases(stack: Stack, issuer: LocalIssuer) -> list[Check]:
    """Compare the cases on record with the items, bars and figures that follow from them."""
    rows = await stack.rows("hookup", "SELECT id::text, record FROM hookup_case")
    cases = [msgspec.json.decode(text_of(hookup_case, row, _RECORDS), type=Case) for row in rows]
    items = await stack.rows(
        "hookup", "SELECT id::text, case_id::text, version, act_by, record FROM permit_item"
    )
    bars = await stack.rows("hookup", "SELECT party FROM commitment_bar")
    figures = await figures_of_cases(stack.url("metrics"), issuer)
    rules = await _rules(stack)
    return [
        compare("permit items: those of the cases", items_of(cases), items_on_record(items)),
        compare("commitment bars: those of false commitments", bars_of(cases), bars_on_record(bars)),
        compare("stage figures: count, minutes", stage_figures(cases, rules), figures["stages"]),
        compare("ended cases: closed, on time, gaps", case_figures(cases, rules), figures["cases"]),
        compare("their pauses: count, days", pause_figures(cases, rules), figures["pauses"]),
        compare("live cases: open, to be confirmed", live_figures(cases), figures["live"]),
    ]


async def _rules(stack: Stack) -> RulesOf:
    database = Database(stack.database_url("hookup"))
    rulebook = RuleBook(database)
    await rulebook.reload()
    await database.close()
    return rulebook.of


def items_of(cases: Iterable[Case]) -> dict[Cell, PermitItem]:
    """By case and id: the permit items as the cases have them."""
    return {(case.id, item.id): item for case in cases for item in case.permits}


def items_on_record(rows: Iterable[Row]) -> dict[Cell, PermitItem | str]:
    """By case and id: the permit items as their authorities find them; a text where a row's columns contradict it."""
    items: dict[Cell, PermitItem | str] = {}
    for row in rows:
        item = msgspec.json.decode(text_of(permit_item, row, _RECORDS), type=PermitItem)
        columns = (row["id"], row["version"], row["act_by"])
        expected = (item.id, item.version, item.act_by)
        items[row["case_id"], row["id"]] = item if columns == expected else f"columns {columns} of {expected}"
    return items


def bars_of(cases: Iterable[Case]) -> dict[Cell, bool]:
    """The legal persons whose commitment was false; nobody has repaired its credit here."""
    commitments = (item.commitment for case in cases for item in case.permits if item.commitment is not None)
    return {(commitment.party,): True for commitment in commitments if commitment.is_false}


def bars_on_record(rows: Iterable[Row]) -> dict[Cell, bool]:
    """The legal persons that may not commit."""
    return {(row["party"],): True for row in rows}
