"""How a cell writes pauses: `应急停工 2022-03-01 09:10~2022-03-03 16:00；不可抗力 2022-03-05 08:30~`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from libs.common.clock import SHANGHAI, local
from libs.common.rules import RuleError
from services.hookup.domain.pauses import PauseReason, PauseSpan
from services.hookup.ledger.layout import REASONS

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.][0-9]{3})?)?"
_SPAN = re.compile(rf"(\S+) ({_TIME})[~～]({_TIME})?", re.ASCII)
_REMEDY = "请写作“原因 2022-03-01 09:10~2022-03-03 16:00”，多次暂停以“；”分隔"


def write_spans(spans: Sequence[PauseSpan]) -> str:
    """Write pauses in Shanghai's wall time; one that is still open has no end."""
    return "；".join(
        f"{REASONS.names[each.reason]} {_write(each.start)}~{_write(each.end) if each.end else ''}"
        for each in spans
    )


def read_spans(text: str) -> tuple[PauseSpan, ...]:
    """Read what `write_spans` wrote. Raises RuleError, in Chinese, for anything else."""
    return tuple(_read(part.strip()) for part in text.replace(";", "；").split("；") if part.strip())


def _read(part: str) -> PauseSpan:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise RuleError("pause-grammar", f"“{part[:60]}”不符合暂停的写法", _REMEDY)
    word, *times = found.groups()
    reason = REASONS.read(word)
    if reason is None:
        raise RuleError(
            "unknown-pause-reason", f"“{word[:30]}”不是允许暂停的原因", f"请填写：{REASONS.listed()}"
        )
    return _span(reason, part, *times)


def _span(reason: PauseReason, part: str, start: str, end: str | None) -> PauseSpan:
    try:
        begins, ends = _instant(start), _instant(end) if end else None
    except ValueError:
        raise RuleError("pause-grammar", f"“{part[:60]}”里有不存在的日期或时间", _REMEDY) from None
    if ends is not None and ends < begins:
        raise RuleError("pause-end-before-start", "暂停结束早于开始", "请核对暂停的起止时间")
    return PauseSpan(reason, begins, ends)


def _write(instant: datetime) -> str:
    wall = local(instant).replace(tzinfo=None)
    precise = "milliseconds" if wall.microsecond else "seconds" if wall.second else "minutes"
    return wall.isoformat(" ", precise)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
