"""Pauses in a cell: read in every writing, and refused with the reason."""

from datetime import UTC, datetime

import pytest

from libs.common.rules import RuleError
from services.hookup.ledger.spans import read_spans


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("应急停工 0001-01-01 00:00~0001-01-01 08:00", "placeholder-date"),
        ("应急停工 2022-03-02 10:00~9999-12-31 00:00", "placeholder-date"),
        ("应急停工 2022-03-02~2022-03-03", "time-missing"),
        ("应急停工 2022-03-02 10:00~昨天", "pause-grammar"),
        ("应急停工", "pause-grammar"),
        ("应急停工 2022-03-02 10:00~2022-03-03 10:00~", "pause-grammar"),
        ("应急停工 2022-03-03 10:00~2022-03-02 10:00", "pause-end-before-start"),
        ("应急停工" + " " * 32_000, "pause-grammar"),
    ],
)
def test_a_pause_that_cannot_be_is_a_broken_rule(text: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_spans(text)
    assert caught.value.code == code


def test_pauses_are_read_in_every_writing() -> None:
    plain = read_spans("应急停工 2022-03-02 10:00~2022-03-03 16:00；不可抗力 2022-03-05 08:30~")
    other = read_spans("应急停工 2022年3月2日10时0分～２０２２/3/3 16:00; 不可抗力　2022-03-05T00:30:00Z~")
    assert other == plain
    assert (plain[0].start, plain[1].end) == (datetime(2022, 3, 2, 2, tzinfo=UTC), None)
