"""The file of bad rows: each kind is found in its column, by its code, with a reason and a remedy in Chinese."""

from libs.common.problems import is_chinese
from libs.workbooks.jobs.imports import JobState, Mode
from tests.services.hookup.ledger.conftest import World

EXPECTED = {
    7: ("受理编号", "missing"),
    8: ("申请时间", "missing"),
    9: ("区划", "unknown-district"),
    10: ("区划", "unknown-district"),
    11: ("专营单位", "unknown-utility"),
    12: ("专营单位", "utility-not-in-district"),
    13: ("专营单位", "utility-other-service"),
    14: ("服务类型", "unknown-service"),
    15: ("用户类别", "unknown-category"),
    16: ("申请渠道", "unknown-channel"),
    17: ("办理状态", "unknown-state"),
    18: ("用户编号", "personal-data"),
    19: ("勘查设计开始", "time-invalid"),
    20: ("通水通气时间", "in-the-future"),
    21: ("签订合同完成", "end-before-start"),
    22: ("勘查设计开始", "before-submission"),
    23: ("外线长度(设计)", "length-invalid"),
    24: ("外线长度(设计)", "length-invalid"),
    25: ("外线长度(设计)", "length-invalid"),
    26: ("时限类别", "class-contradicts-length"),
    27: ("暂停原因及起止", "unknown-pause-reason"),
    28: ("暂停原因及起止", "pause-grammar"),
    29: ("暂停原因及起止", "pause-end-before-start"),
    30: ("暂停原因及起止", "permit-not-filed"),
    31: ("受理编号", "duplicate-number"),
    32: ("通水通气时间", "stage-not-started"),
    33: ("约定日期", "agreed-date-not-allowed"),
    34: ("验收开通开始", "stage-out-of-order"),
    35: ("并联审批开始", "stage-not-needed"),
    36: ("特殊情况原因", "special-reason-missing"),
    37: ("终止时间", "missing"),
    38: ("办理状态", "state-contradicts"),
    39: ("受理时间", "deemed-accepted"),
    40: ("用户确认时间", "confirmed-too-late"),
}
LENGTHS = {23: "应为以米为单位的数字", 24: "不能为负数", 25: "最多保留一位小数（单元格里存的是 40.05）"}


async def test_every_kind_has_its_reason(world: World, bad_rows: bytes) -> None:
    job = await world.read_in(bad_rows, Mode.ALL)
    findings = await world.findings(job)
    first = {each.row: (each.column, each.code) for each in reversed(findings)}
    assert first == EXPECTED
    assert all(is_chinese(each.reason) and is_chinese(each.remedy) for each in findings)
    assert {each.row: each.reason for each in findings if each.row in LENGTHS} == {
        row: f"外线长度{reason}" for row, reason in LENGTHS.items()
    }
    assert (job.state, job.bad, job.loaded) == (JobState.REJECTED, len(EXPECTED), 0)
    assert await world.cases() == {}
    assert await world.events() == []


async def test_the_good_rows_among_them_are_taken_when_asked_for(world: World, bad_rows: bytes) -> None:
    job = await world.read_in(bad_rows, Mode.GOOD)
    assert (job.state, job.bad, job.loaded, job.taken) == (JobState.DONE, len(EXPECTED), 3, 37)
    assert len(await world.cases()) == 3
