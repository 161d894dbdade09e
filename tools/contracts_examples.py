"""One example of each published event, taken from the outbox of a service that really ran: some cases' lives."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import RowMapping, select

from libs.common.clock import SHANGHAI
from libs.common.database.tables import outbox
from libs.common.events import to_message
from libs.common.places import Service as Supply
from libs.common.rules import RecordedRefusalError
from libs.common.service import Service
from libs.common.workdays import Day, DayKind
from services.hookup.domain.case import Case, CustomerCategory, Pause, RefusalCode, Rules, Special
from services.hookup.domain.charges import FeeCatalogue
from services.hookup.domain.lengths import LengthKind
from services.hookup.domain.material_verbs import receive_material, request_materials
from services.hookup.domain.materials import MaterialFile, MaterialKind
from services.hookup.domain.pauses import PauseReason
from services.hookup.domain.quote_verbs import AskedLine, BilledLine, answer_line, make_quote, record_bill
from services.hookup.domain.stages import Stage
from services.hookup.domain.timer_kinds import TimerKind
from services.hookup.storage import cases
from services.hookup.storage.rulebook import RuleBook
from services.hookup.usecases import amend_calendar

_FIRST_DAY = date(2025, 3, 3)


async def examples(hookup: Service) -> dict[str, dict[str, Any]]:
    """Return type to event, in CloudEvents' structured form; the service's database is empty before."""
    await hookup.migrate()
    rulebook = RuleBook(hookup.database)
    await rulebook.reload()
    rules = rulebook.at(_FIRST_DAY)
    water = _begin_water(rules)
    async with hookup.database.unit_of_work(_at(7, 18)) as work:
        rest = Day(date(2025, 3, 10), is_workday=False, kind=DayKind.LOCAL)
        amendment = await amend_calendar.ask([rest], "聊政办字〔2025〕1号", "clerk-1", work)
        await amend_calendar.approve(amendment, "clerk-2", work)
    await rulebook.reload()
    amended = rulebook.at(_FIRST_DAY)
    _finish_water(water, amended)
    async with hookup.database.unit_of_work(_at(13, 15)) as work:
        charged = _charged(amended, rulebook.fees(_FIRST_DAY))
        for case in (water, _heat(amended), _gas(amended), charged):
            await cases.add(work, cases.Addition(case, amended))
    async with hookup.database.reading() as connection:
        rows = (await connection.execute(select(*outbox.c).order_by(outbox.c.seq))).mappings().all()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["type"], _structured(row))
    return found


def _begin_water(rules: Rules) -> Case:
    """A line of 43.6 m with a correction, a gap and a pause, until the reminder that it is due soon."""
    case = _case(1, Supply.WATER)
    case.submit(declared_dm=420, complete=False, rules=rules)
    with suppress(RecordedRefusalError):
        request_materials(case, ["PREMISES_PROOF", "SCHEME_DRAWING"], _at(3, 9), rules)
    request_materials(case, ["PREMISES_PROOF"], _at(3, 10), rules)
    proof = MaterialFile(
        _id("material/1"),
        MaterialKind.PREMISES_PROOF,
        f"hookup/{case.id}/{_id('material/1')}",
        "application/pdf",
        184_320,
        hashlib.sha256(b"scan").hexdigest(),
        _at(3, 14),
        "customer-1",
    )
    receive_material(case, proof, rules)
    case.answer_correction(_at(3, 15))
    case.accept(_at(3, 16), rules)
    case.start_stage(Stage.SURVEY_DESIGN, _at(3, 16, 30))
    case.change_length(LengthKind.DESIGNED, 436, _at(4, 10), "surveyor-1", rules)
    case.complete_stage(Stage.SURVEY_DESIGN, _at(4, 11), rules)
    _fire(case, TimerKind.GAP, rules)
    for number, reason, approve in (
        (1, PauseReason.USER_SITE_NOT_READY, False),
        (2, PauseReason.NO_DIG_ROAD, True),
    ):
        pause_id = _id(f"pause/{number}")
        case.request_pause(Pause(pause_id, reason, "scan-1", _at(6, 9), "clerk-1"), _at(6, 9, 30), rules)
        case.decide_pause(pause_id, _at(6, 10), "clerk-2", approve=approve)
    case.resume(_id("pause/2"), _at(7, 9), rules)
    _fire(case, TimerKind.DUE_SOON, rules)
    return case


def _finish_water(case: Case, rules: Rules) -> None:
    """The calendar was amended; the case is overdue, is found special and ends."""
    case.recompute_due(_at(7, 18), rules)
    case.start_stage(Stage.CONTRACT, _at(11, 9))
    _fire(case, TimerKind.OVERDUE, rules)
    case.request_special(Special(PauseReason.NO_DIG_ROAD, "scan-2", "clerk-1"))
    case.approve_special(_at(12, 9), "clerk-2")
    case.complete_stage(Stage.CONTRACT, _at(12, 10), rules)
    case.start_stage(Stage.EXTERNAL_WORKS, _at(12, 10))
    case.complete_stage(Stage.EXTERNAL_WORKS, _at(12, 17), rules)
    case.start_stage(Stage.TURN_ON, _at(13, 9))
    case.report_meter_live(_at(13, 10), rules)
    case.confirm(_at(13, 15), rules)


def _heat(rules: Rules) -> Case:
    """A date is agreed; the applicant withdraws."""
    case = _case(2, Supply.HEAT)
    case.submit(declared_dm=None, complete=True, rules=rules)
    case.agree_date(date(2025, 3, 20), "scan-3", _at(4, 9), rules)
    case.withdraw(_at(5, 9))
    return case


def _gas(rules: Rules) -> Case:
    """Refused before acceptance."""
    case = _case(3, Supply.GAS)
    case.submit(declared_dm=3000, complete=False, rules=rules)
    case.refuse(RefusalCode.OUT_OF_COVERAGE, _at(3, 11))
    return case


def _charged(rules: Rules, fees: FeeCatalogue) -> Case:
    """Quoted, accepted and billed, each time first with something that is not in the fee catalogue."""
    case = _case(4, Supply.WATER)
    case.submit(declared_dm=0, complete=True, rules=rules)
    asked = [AskedLine("W-INSIDE", 12_500), AskedLine("W-METER-TEST", 1_000)]
    billed = [BilledLine("W-INSIDE", 231_250), BilledLine("W-METER-TEST", 5_000)]
    with suppress(RecordedRefusalError):
        make_quote(case, [*asked, AskedLine("W-GATE", 1_000)], None, _at(4, 9), "clerk-1", fees)
    make_quote(case, asked, None, _at(4, 10), "clerk-1", fees)
    answer_line(case, 1, _at(4, 11), "customer-1", accept=True)
    with suppress(RecordedRefusalError):
        record_bill(case, [*billed, BilledLine("W-GATE", 2_000)], _at(5, 9), "clerk-1", fees)
    record_bill(case, billed, _at(5, 10), "clerk-1", fees)
    return case


def _case(number: int, supply: Supply) -> Case:
    utility = f"{supply[0]}-371502"
    return Case(
        id=_id(f"case/{number}"),
        number=f"{utility}-{_FIRST_DAY:%Y%m%d}-{number:04d}",
        supply=supply,
        district="371502",
        utility=utility,
        channel="HALL",
        customer_ref="customer-1",
        customer_category=CustomerCategory.ENT,
        site_division="371502001001",
        submitted_at=_at(3, 9),
    )


def _fire(case: Case, kind: TimerKind, rules: Rules) -> None:
    case.fire(kind, case.timers(rules)[kind], rules)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def _id(path: str) -> str:
    """Return an id that is the same in every run; a running service draws them by time."""
    return str(uuid5(NAMESPACE_URL, f"urn:sqn:example:{path}"))


def _structured(row: RowMapping) -> dict[str, Any]:
    message = to_message(
        event_id=_id(f"{row['topic']}/{row['key']}/{row['aggregate_seq']}"),
        topic=row["topic"],
        key=row["key"],
        aggregate_seq=row["aggregate_seq"],
        type=row["type"],
        payload=row["payload"],
        traceparent=None,
        created_at=row["created_at"],
    )
    headers: Mapping[str, str] = {name: value.decode() for name, value in message.headers}
    attributes = {
        name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")
    }
    return {
        **attributes,
        "aggregateseq": int(headers["ce_aggregateseq"]),
        "datacontenttype": headers["content-type"],
        "data": json.loads(message.value),
    }
