"""The small ledger with bad rows of every kind."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from libs.common.clock import SHANGHAI
from libs.common.places import Supply
from libs.workbooks.ledgers.sheet_cells import Cell
from libs.workbooks.ledgers.writer import LedgerWriter, Signature
from services.hookup.dev.ledger_example.city import (
    FILLED_ON,
    city,
)
from services.hookup.dev.ledger_example.files import shown
from services.hookup.domain.reports.ledger_row import Acceptance, LedgerRow
from services.hookup.domain.values.codes import CustomerCategory
from services.hookup.domain.values.stages import Interval, Stage
from services.hookup.domain.values.transitions import CaseState
from services.hookup.ledger.layout import LEDGER, LISTED

Change = Mapping[str, Cell]

_NOTHING_YET: Final[Change] = dict.fromkeys(
    (
        *(f"{name}{edge}" for name in LISTED.values() for edge in ("开始", "完成", "用时(小时)")),
        "外线长度(设计)",
        "时限类别",
        "验收开通开始",
        "通水通气时间",
        "用户确认时间",
    )
)

# One fault each, made by changing cells of a good row. What each is found as stands in the test's table.
BAD: Final[Sequence[tuple[str, Change]]] = (
    ("water", {"受理编号": None}),
    ("water", {"申请时间": None}),
    ("water", {"区划": "聊北区"}),
    ("water", {"区划": "茌平县"}),
    ("water", {"专营单位": "城南自来水厂"}),
    ("water", {"专营单位": "冠县供水专营单位"}),
    ("water", {"服务类型": "供气"}),
    ("water", {"服务类型": "供电"}),
    ("water", {"用户类别": "大客户"}),
    ("water", {"申请渠道": "传真"}),
    ("water", {"办理状态": "快了"}),
    ("water", {"用户编号": "13800000000"}),
    ("water", {"勘查设计开始": "2022-13-45 09:00"}),
    ("water", {"通水通气时间": datetime(2099, 1, 4, 9, 0, tzinfo=SHANGHAI)}),
    (
        "water",
        {
            "签订合同完成": datetime(2022, 3, 1, 9, 5, tzinfo=SHANGHAI),
            "签订合同开始": datetime(2022, 3, 2, 9, 5, tzinfo=SHANGHAI),
        },
    ),
    ("water", {"勘查设计开始": datetime(2022, 2, 25, 9, 0, tzinfo=SHANGHAI)}),
    ("water", {"外线长度(设计)": "约40米"}),
    ("water", {"外线长度(设计)": Decimal("-40")}),
    ("water", {"外线长度(设计)": Decimal("40.05")}),
    ("water", {"时限类别": "无外线"}),
    ("water", {"暂停原因及起止": "忙不过来 2022-03-01 10:00~2022-03-02 10:00"}),
    ("water", {"暂停原因及起止": "应急停工 3月1日至3月2日"}),
    ("water", {"暂停原因及起止": "应急停工 2022-03-02 10:00~2022-03-01 10:00"}),
    ("water", {"暂停原因及起止": "非告知承诺审批 2022-03-01 15:00~2022-03-02 10:00"}),
    ("twice", {}),
    ("water", {"验收开通开始": None}),
    ("water", {"约定日期": date(2022, 3, 20)}),
    ("gas", {"验收开通开始": datetime(2022, 3, 3, 9, 30, tzinfo=SHANGHAI)}),
    ("water", {"外线长度(设计)": Decimal(0), "时限类别": None}),
    ("water", {"是否特殊情况": "是"}),
    ("water", {"办理状态": "不予受理"}),
    ("water", {"办理状态": "办理中"}),
    ("hall", {**_NOTHING_YET, "受理时间": datetime(2022, 3, 4, 9, 0, tzinfo=SHANGHAI), "办理状态": "已受理"}),
    ("water", {"用户确认时间": datetime(2022, 3, 8, 9, 0, tzinfo=SHANGHAI)}),
)


def model(supply: Supply, channel: str, number: int) -> LedgerRow:
    """A plain good row: fifty metres or less, from Tuesday to Friday of the first week of March."""

    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2022, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)

    letter = supply.value[0]
    online = channel != "HALL"
    return LedgerRow(
        number=f"{letter}-371502-20220301-{number:04d}",
        district="371502",
        utility=f"{letter}-371502",
        supply=supply,
        customer_ref=f"C-{number:06d}",
        category=CustomerCategory.ENT,
        channel=channel,
        site_division="371502008001",
        submitted_at=at(1, 9),
        state=CaseState.CLOSED,
        declared_dm=380,
        designed_dm=400,
        accepted_at=at(1, 9) if online else at(1, 9, 30),
        acceptance=Acceptance.AUTOMATIC if online else Acceptance.MANUAL,
        stages={
            Stage.SURVEY_DESIGN: Interval(Stage.SURVEY_DESIGN, at(1, 10), at(1, 16)),
            Stage.CONTRACT: Interval(Stage.CONTRACT, at(1, 16), at(1, 17)),
            Stage.PERMIT: Interval(Stage.PERMIT, at(1, 16), at(2, 10)),
            Stage.EXTERNAL_WORKS: Interval(Stage.EXTERNAL_WORKS, at(2, 10), at(3, 16)),
        },
        turn_on_at=at(4, 9),
        meter_live_at=at(4, 10),
        confirmed_at=at(4, 11),
    )


def write_bad_rows(path: Path) -> None:
    """Write the file of bad rows: each follows a good one of its kind, whose cells but a few it has."""
    of = city()
    kinds = {
        "water": (Supply.WATER, "ISHANDONG"),
        "gas": (Supply.GAS, "ISHANDONG"),
        "hall": (Supply.WATER, "HALL"),
    }
    with path.open("wb") as file:
        writer = LedgerWriter(LEDGER, file, Signature("东昌府区", FILLED_ON, "示例"))
        for number, kind in enumerate(kinds, start=1):
            writer.write_cells({"序号": number, **shown(of, model(*kinds[kind], number))})
        for number, (kind, change) in enumerate(BAD, start=len(kinds) + 1):
            plain = model(*kinds.get(kind, kinds["water"]), 1 if kind == "twice" else number)
            writer.write_cells({"序号": number, **shown(of, plain), **change})
        writer.close()
