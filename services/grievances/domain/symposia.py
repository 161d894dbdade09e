"""A symposium (座谈会): who came, its minutes, and what was found there. Instants are aware UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.casework.domain.materials import MaterialFile
from libs.common.aggregate import Aggregate, Transitions
from libs.common.rules import RuleError
from libs.common.texts import check_text
from services.grievances.domain.rules import Rules
from services.grievances.domain.values.kinds import FileKind

MOST_FINDINGS: Final = 100


class SymposiumState(StrEnum):
    """Where a symposium is."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class SymposiumVerb(StrEnum):
    """What can be done to a symposium."""

    WRITE_MINUTES = "WRITE_MINUTES"
    NOTE_FINDING = "NOTE_FINDING"
    SUBMIT_FINDING = "SUBMIT_FINDING"
    ADD_FILE = "ADD_SYMPOSIUM_FILE"
    CLOSE = "CLOSE_SYMPOSIUM"


class SymposiumTimer(StrEnum):
    """A symposium waits for nothing by the clock."""


SYMPOSIUM_STATE_NAMES: Final[Mapping[SymposiumState, str]] = MappingProxyType(
    {SymposiumState.OPEN: "整理中", SymposiumState.CLOSED: "已归档"}
)
SYMPOSIUM_VERB_NAMES: Final[Mapping[SymposiumVerb, str]] = MappingProxyType(
    {
        SymposiumVerb.WRITE_MINUTES: "填写纪要",
        SymposiumVerb.NOTE_FINDING: "记录问题",
        SymposiumVerb.SUBMIT_FINDING: "转为诉求",
        SymposiumVerb.ADD_FILE: "提交附件",
        SymposiumVerb.CLOSE: "归档",
    }
)
_S, _V = SymposiumState, SymposiumVerb
_CLAUSE: Final = "seed 二（二）2 座谈"


@dataclass(frozen=True, slots=True)
class SymposiumFile(MaterialFile[FileKind]):
    """A photo, a recording or a document of a symposium."""


@dataclass(slots=True)
class Finding:
    """What was found; `grievance_id` is the grievance that it became."""

    number: int
    text: str
    noted_at: datetime
    noted_by: str
    grievance_id: str | None = None


@dataclass(slots=True)
class Symposium(Aggregate[Rules, SymposiumTimer]):
    """One symposium, of the city or of a district."""

    transitions = Transitions(
        [
            *((_S.OPEN, verb, _S.OPEN, _CLAUSE) for verb in _V if verb is not _V.CLOSE),
            (_S.OPEN, _V.CLOSE, _S.CLOSED, _CLAUSE),
        ],
        SYMPOSIUM_STATE_NAMES,
        SYMPOSIUM_VERB_NAMES,
    )

    number: str
    title: str
    # The district that held it; None of one of the city.
    district: str | None
    held_at: datetime
    place: str
    invited: int
    attended: int
    registered_at: datetime
    registered_by: str
    state: SymposiumState = field(default=SymposiumState.OPEN, kw_only=True)
    minutes: str | None = field(default=None, kw_only=True)
    findings: list[Finding] = field(default_factory=list, kw_only=True)
    files: list[SymposiumFile] = field(default_factory=list, kw_only=True)
    closed_at: datetime | None = field(default=None, kw_only=True)

    def register(self) -> None:
        """Check a new one, and tell of it. Raises RuleError."""
        for name in ("title", "place"):
            check_text(getattr(self, name), name)
        if self.held_at > self.registered_at:
            raise RuleError("not-yet-held", "座谈时间晚于现在", "请在座谈之后登记", "held_at")
        self.record("symposium_held", self.held_at, invited=self.invited, attended=self.attended)

    def write_minutes(self, text: str, at: datetime) -> None:
        """Write the minutes, or write them anew. Raises RuleError."""
        self.check(SymposiumVerb.WRITE_MINUTES)
        check_text(text, "minutes")
        self.minutes = text
        self.record("symposium_minuted", at)

    def note_finding(self, text: str, at: datetime, by: str) -> None:
        """Note what was found. Raises RuleError."""
        self.check(SymposiumVerb.NOTE_FINDING)
        check_text(text, "text")
        if len(self.findings) >= MOST_FINDINGS:
            raise RuleError("findings-too-many", f"至多记录{MOST_FINDINGS}个问题", "请合并记录", "text")
        number = len(self.findings) + 1
        self.findings.append(Finding(number, text, at, by))
        self.record("symposium_finding_noted", at, finding=number)

    def open_finding(self, number: int) -> Finding:
        """Return a finding that became no grievance yet. Raises RuleError."""
        self.check(SymposiumVerb.SUBMIT_FINDING)
        finding = next((item for item in self.findings if item.number == number), None)
        if finding is None:
            raise RuleError("no-such-finding", "没有这个问题", "请刷新后核对", "finding")
        if finding.grievance_id is not None:
            raise RuleError("submitted-already", "这个问题已转为诉求", "请查看该诉求", "finding")
        return finding

    def submitted(self, number: int, grievance_id: str, at: datetime) -> None:
        """Note the grievance that a finding became. Raises RuleError."""
        self.open_finding(number).grievance_id = grievance_id
        self.record("symposium_finding_submitted", at, finding=number, grievance_id=grievance_id)

    def take_file(self, file: SymposiumFile, rules: Rules) -> None:
        """Add a file. Raises RuleError where there are too many."""
        self.check(SymposiumVerb.ADD_FILE)
        if len(self.files) >= rules.process.most_files:
            rule = f"每次至多{rules.process.most_files}个附件"
            raise RuleError("files-too-many", rule, "请合并后再提交", "file")
        self.files.append(file)
        facts = {"file_kind": file.kind, "size": file.size, "media_type": file.media_type}
        self.record("symposium_file_received", file.uploaded_at, **facts)

    def close(self, at: datetime) -> None:
        """File it: with its minutes, and every finding a grievance. Raises RuleError."""
        self.check(SymposiumVerb.CLOSE)
        if self.minutes is None:
            raise RuleError("minutes-missing", "还没有填写纪要", "请填写纪要后归档", "minutes")
        if waiting := [str(item.number) for item in self.findings if item.grievance_id is None]:
            rule = f"问题{'、'.join(waiting)}还没有转为诉求"
            raise RuleError("findings-open", rule, "请先转为诉求", "finding")
        self.move(SymposiumVerb.CLOSE, SymposiumState.CLOSED)
        self.closed_at = at
        self.record("symposium_closed", at, findings=len(self.findings))
