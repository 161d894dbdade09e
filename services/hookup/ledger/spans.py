"""The text of pauses in a cell: `应急停工 2022-03-01 09:10~2022-03-03 16:00；不可抗力 2022-03-05 08:30~`."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.clock import local
from libs.common.rules import RuleError
from libs.common.texts import narrow
from libs.workbooks.ledgers.moments import WORDS, MomentFault, read_instant
from services.hookup.domain.values.pauses import PauseSpan
from services.hookup.ledger.layout import REASONS

_REMEDY = "请写作“原因 2022-03-01 09:10~2022-03-03 16:00”，多次暂停以“；”分隔"


def write_spans(spans: Sequence[PauseSpan]) -> str:
    """Write pauses in Shanghai's wall time; one that is still open has no end."""
    return "；".join(
        f"{REASONS.names[span.reason]} {_write(span.start)}~{_write(span.end) if span.end else ''}"
        for span in spans
    )


def read_spans(text: str) -> tuple[PauseSpan, ...]:
    """Read what `write_spans` wrote. Raises RuleError, in Chinese, for anything else."""
    return tuple(_read(part.strip()) for part in text.replace(";", "；").split("；") if part.strip())


def _read(part: str) -> PauseSpan:
    # Without a regular expression: the text is long and untrusted.
    word, *times = part.split(maxsplit=1)
    edges = "".join(times).replace("～", "~").split("~")
    if len(edges) != 2:
        raise RuleError("pause-grammar", f"“{part[:60]}”不符合暂停的写法", _REMEDY)
    start, end = edges
    reason = REASONS.read(word)
    if reason is None:
        raise RuleError(
            "unknown-pause-reason", f"“{word[:30]}”不是允许暂停的原因", f"请填写：{REASONS.listed()}"
        )
    begins, ends = _instant(start), _instant(end) if end.strip() else None
    if ends is not None and ends < begins:
        raise RuleError("pause-end-before-start", "暂停结束早于开始", "请核对暂停的起止时间")
    return PauseSpan(reason, begins, ends)


def _write(instant: datetime) -> str:
    wall = local(instant).replace(tzinfo=None)
    precise = "milliseconds" if wall.microsecond else "seconds" if wall.second else "minutes"
    return wall.isoformat(" ", precise)


def _instant(text: str) -> datetime:
    instant = read_instant(narrow(text))
    if not isinstance(instant, MomentFault):
        return instant
    rule, remedy = WORDS[instant]
    code = "pause-grammar" if instant is MomentFault.NONE else instant.value
    raise RuleError(
        code, f"暂停的“{text.strip()[:30]}”{rule}", _REMEDY if code == "pause-grammar" else remedy
    )
