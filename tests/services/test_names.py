"""Services may not import each other: that they call a thing by one name, and by the right one, is seen here."""

from pathlib import Path

import pytest

import libs
import services
from services.hookup.domain.values import names as hookup
from services.hookup.domain.values.codes import RefusalCode
from services.hookup.domain.values.lengths import LengthClass
from services.hookup.domain.values.pauses import PAUSE_GROUNDS
from services.hookup.domain.values.stages import STAGE_NAMES
from services.hookup.domain.values.transitions import STATE_NAMES
from services.hookup.ledger.layout import CLASSES, REFUSALS
from services.metrics.domain.names import READING_NAMES
from services.metrics.pages.behind import FACT_STATES
from services.metrics.sources.hookup import facts, live, names
from services.registry.domain import categories as registry


def test_metrics_calls_things_as_hookup_does() -> None:
    assert {str(code): name for code, name in hookup.CLASS_NAMES.items()} == names.LENGTH_NAMES
    assert {str(code): ground.name for code, ground in PAUSE_GROUNDS.items()} == names.REASON_NAMES
    assert {str(code): name for code, name in hookup.READING_NAMES.items()} == READING_NAMES
    of_its_own = {facts.TOTAL, facts.NET_TOTAL, live.NO_STAGE, live.AWAITING}
    assert {str(code): name for code, name in STAGE_NAMES.items()} == {
        code: name for code, name in names.STAGE_NAMES.items() if code not in of_its_own
    }


def test_the_registry_calls_categories_as_hookup_does() -> None:
    of_registry = {str(code): name for code, name in registry.CATEGORY_NAMES.items()}
    assert of_registry == {str(code): name for code, name in hookup.CATEGORY_NAMES.items()}


def test_the_pages_of_the_figures_call_states_as_hookup_does() -> None:
    shared = {str(code): name for code, name in STATE_NAMES.items() if str(code) in FACT_STATES}
    assert len(shared) == 3
    assert {code: FACT_STATES[code] for code in shared} == shared


SERVICES, LIBS = (Path(package.__path__[0]) for package in (services, libs))
SHOWN = sorted(
    path
    for kind in ("py", "html", "js")
    for folder in (SERVICES, LIBS)
    for path in folder.rglob(f"*.{kind}")
    if "vendor" not in path.parts
)


# Words that have another meaning, or the meaning of another word, in docs/glossary.md. Offices use some of them for
# their columns (layout.py, log_proposal.py), in example files, or as the law does (告知承诺 by a permit's 申请人).
# 以上 includes its number (民法典 §1259); the seed says 水气暖; the indicator is called 获得用水; a case is 超时, the
# deadline of any other act is 逾期; who applies is the 用户, who asks for a pause or a correction its 提出人.
WRONG = [
    "200米以上",
    "20天以上",
    "九成",
    "水气热",
    "用水接入",
    "超期",
    "逾时",
    "抢险",
    "办结时限",
    "申请人",
    "客户",
    "案件",
    "案子",
    "勘察",
    "停表",
    "管线长度",
    "受理号",
    "办件编号",
]
OFFICES_WORDS = (
    "ledger/layout.py",
    "bad_rows.py",
    "log_proposal.py",
    "registry/storage/imports.py",
    "storage/hotline_imports.py",
    "example_ledgers.py",
)
LAWS_TERM = "由申请人承诺"


@pytest.mark.parametrize("wrong", WRONG)
def test_nobody_is_shown_a_wrong_word(wrong: str) -> None:
    assert [
        f"{path.name}:{number}"
        for path in SHOWN
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if not path.as_posix().endswith(OFFICES_WORDS) and wrong in line.replace(LAWS_TERM, "")
    ] == []


def test_a_ledger_that_was_written_with_the_former_word_is_read() -> None:
    assert CLASSES.read("200米以上") is CLASSES.read("200米以外") is LengthClass.L3_GT200
    former, now = "申请人欠费（报监管部门复核）", "用户欠费（报监管部门复核）"
    assert REFUSALS.read(former) is REFUSALS.read(now) is RefusalCode.ARREARS_OF_APPLICANT
