"""The external line's lengths as declared, designed and built, with the audit trail of their changes (HK-02)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from libs.common.rules import RuleError
from services.hookup.domain.parts.timeline import Timeline
from services.hookup.domain.values.codes import Source
from services.hookup.domain.values.lengths import (
    LengthChange,
    LengthClass,
    LengthKind,
    classify,
    is_well_below,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stage_order import check_class_change
from services.hookup.domain.values.stages import Stage
from services.hookup.domain.values.transitions import CaseState, Verb
from services.hookup.domain.values.violations import Violation

_BY_LENGTH = list(LengthClass)


@dataclass
class Lengths(Timeline):
    """The class as built and the changes of all lengths; the timeline holds the present lengths and their class."""

    # None until the line is built, and in records stored before this field existed.
    as_built_class: LengthClass | None = None
    length_changes: list[LengthChange] = field(default_factory=list)

    def set_length(
        self, kind: LengthKind, length_dm: int, at: datetime, by: str, rules: Rules
    ) -> tuple[LengthChange, LengthClass]:
        """Set or change a length; the class follows the designed one. Return the change and the class before it.

        Raises RuleError.
        """
        self.check(Verb.CHANGE_LENGTH)
        if self.state is CaseState.TURNED_ON and kind is not LengthKind.AS_BUILT:
            raise RuleError("length-fixed", "开通后只能登记竣工长度", "请登记竣工长度", "kind")
        self.check_not_before_submission(at)
        lengths = {
            LengthKind.DECLARED: self.declared_dm,
            LengthKind.DESIGNED: self.designed_dm,
            LengthKind.AS_BUILT: self.as_built_dm,
        }
        change = LengthChange(kind, lengths[kind], length_dm, at, by)
        lengths[kind] = length_dm
        designed = lengths[LengthKind.DESIGNED]
        now_class = classify(lengths[LengthKind.DECLARED] if designed is None else designed, rules.policy)
        check_class_change(now_class, self.last_intervals)
        class_before, self.length_class = self.length_class, now_class
        self.declared_dm = lengths[LengthKind.DECLARED]
        self.designed_dm = designed
        if kind is LengthKind.AS_BUILT:
            self.as_built_dm, self.as_built_class = length_dm, classify(length_dm, rules.policy)
        self.length_changes.append(change)
        self.note_promise(at)
        return change, class_before

    @property
    def class_not_as_built(self) -> bool:
        """Whether the line as built belongs to a shorter class than its limit, by more than the tolerated difference.

        The limit is based on the designed length, or on the declared one where no design is on record.
        """
        built, planned = self.as_built_dm, self.declared_dm if self.designed_dm is None else self.designed_dm
        if built is None or planned is None or self.as_built_class is None:
            return False
        is_shorter = _BY_LENGTH.index(self.as_built_class) < _BY_LENGTH.index(self.length_class)
        return is_shorter and is_well_below(built, planned)

    @property
    def as_built_missing(self) -> bool:
        """Whether a case with external works has supply, but no length as built on record.

        Paper ledgers often have none.
        """
        if self.state not in (CaseState.TURNED_ON, CaseState.CLOSED) or self.source is Source.LEDGER:
            return False
        return self.as_built_dm is None and self.stage(Stage.EXTERNAL_WORKS) is not None

    def infringements(self) -> Iterator[Violation]:
        """Return the codes of a limit based on a longer line than was built, or without any length as built."""
        if self.class_not_as_built:
            yield Violation.CLASS_NOT_AS_BUILT
        if self.as_built_missing:
            yield Violation.AS_BUILT_MISSING
