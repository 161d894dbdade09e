"""The customer: a person or an organisation, its kind and size, and what became of it. No personal data.

Its particulars are sealed apart (`storage/particulars.py`); here stands only which of them are known. Instants are
aware UTC.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.aggregate import Aggregate, Transitions
from libs.common.rules import RecordedRefusalError, RuleError
from services.registry.domain.categories import SubjectKind
from services.registry.domain.changes import ChangeReason, changes_of
from services.registry.domain.identifiers import CodeWarning, PaperKind
from services.registry.domain.particulars import CustomerKind, Particulars
from services.registry.domain.rules import Rules
from services.registry.domain.sizes import Size, SizeInputs, size_of


class CustomerState(StrEnum):
    """Where a customer's record is."""

    ACTIVE = "ACTIVE"
    # PIPL §47: what cannot be deleted is only stored.
    RESTRICTED = "RESTRICTED"
    MERGED = "MERGED"
    ERASED = "ERASED"


class CustomerVerb(StrEnum):
    """What can be done to a customer's record."""

    CORRECT = "correct"
    CLASSIFY = "classify"
    RESTRICT = "restrict"
    LIFT = "lift"
    MERGE = "merge"
    UNMERGE = "unmerge"
    ERASE = "erase"


CUSTOMER_STATE_NAMES: Final[Mapping[CustomerState, str]] = MappingProxyType(
    {
        CustomerState.ACTIVE: "有效",
        CustomerState.RESTRICTED: "限制处理",
        CustomerState.MERGED: "已并入",
        CustomerState.ERASED: "已删除",
    }
)
CUSTOMER_VERB_NAMES: Final[Mapping[CustomerVerb, str]] = MappingProxyType(
    {
        CustomerVerb.CORRECT: "变更信息",
        CustomerVerb.CLASSIFY: "认定企业规模",
        CustomerVerb.RESTRICT: "限制处理",
        CustomerVerb.LIFT: "解除限制",
        CustomerVerb.MERGE: "并入另一用户",
        CustomerVerb.UNMERGE: "撤销并入",
        CustomerVerb.ERASE: "删除个人信息",
    }
)
_S, _V = CustomerState, CustomerVerb
CORRECTION, RESTRICTION, DELETION = (
    "个人信息保护法第四十六条",
    "个人信息保护法第四十七条",
    "个人信息保护法第四十七条",
)
LEDGER: Final = "聊城管字〔2022〕49号 二（二）1"


@dataclass(slots=True)
class SizeBasis:
    """What the size of an enterprise rests on: its declared figures, the entry in 小微企业名录, and the day."""

    industry: str
    as_of: date
    employees: int | None = None
    revenue_fen: int | None = None
    assets_fen: int | None = None
    listed: bool | None = None


@dataclass(slots=True)
class Customer(Aggregate[Rules, StrEnum]):
    """One person or organisation, whatever accounts it has."""

    transitions = Transitions(
        [
            (_S.ACTIVE, _V.CORRECT, _S.ACTIVE, CORRECTION),
            (_S.ACTIVE, _V.CLASSIFY, _S.ACTIVE, LEDGER),
            (_S.ACTIVE, _V.RESTRICT, _S.RESTRICTED, RESTRICTION),
            (_S.RESTRICTED, _V.LIFT, _S.ACTIVE, RESTRICTION),
            (_S.ACTIVE, _V.MERGE, _S.MERGED, LEDGER),
            (_S.MERGED, _V.UNMERGE, _S.ACTIVE, LEDGER),
            (_S.ACTIVE, _V.ERASE, _S.ERASED, DELETION),
            (_S.RESTRICTED, _V.ERASE, _S.ERASED, DELETION),
        ],
        CUSTOMER_STATE_NAMES,
        CUSTOMER_VERB_NAMES,
    )

    kind: CustomerKind
    opened_at: datetime
    state: CustomerState = field(default=CustomerState.ACTIVE, kw_only=True)
    # As rules name it: the class of the credit code, or a SubjectKind.
    subject: str = field(default=SubjectKind.UNREGISTERED, kw_only=True)
    paper: PaperKind | None = field(default=None, kw_only=True)
    warnings: tuple[CodeWarning, ...] = field(default=(), kw_only=True)
    # The names of the particulars that are known, in alphabetical order.
    known: tuple[str, ...] = field(default=(), kw_only=True)
    size: Size | None = field(default=None, kw_only=True)
    size_version: str | None = field(default=None, kw_only=True)
    basis: SizeBasis | None = field(default=None, kw_only=True)
    merged_into: str | None = field(default=None, kw_only=True)

    def open(self, particulars: Particulars, reason: ChangeReason) -> None:
        """Note that it was opened with these particulars."""
        self._describe(particulars)
        self.record("customer_opened", self.opened_at, reason=reason, known=list(self.known))

    def correct(
        self, particulars: Particulars, changed: Iterable[str], reason: ChangeReason, at: datetime
    ) -> None:
        """Replace the particulars; `changed` names those that differ. Raises RuleError where nothing does."""
        self.check(CustomerVerb.CORRECT)
        names = list(changed)
        before = self._open_fields()
        self._describe(particulars)
        changes = changes_of(before, self._open_fields(), names)
        if not changes:
            raise RuleError("nothing-changed", "填写的内容与原有内容相同", "请修改后再提交")
        self.record("customer_changed", at, reason=reason, changes=[asdict(change) for change in changes])

    def classify(self, basis: SizeBasis, at: datetime, rules: Rules) -> None:
        """Set the size by the table of the day, with its basis. Raises RuleError for a missing input."""
        self.check(CustomerVerb.CLASSIFY)
        if self.kind is CustomerKind.PERSON:
            raise RuleError("no-enterprise", "自然人不划分企业规模", "请核对用户类型")
        inputs = SizeInputs(basis.industry, basis.employees, basis.revenue_fen, basis.assets_fen)
        verdict = size_of(inputs, rules.sizes)
        before = self.size
        self.size, self.size_version, self.basis = verdict.size, verdict.version, basis
        self.record(
            "customer_classified",
            at,
            before=None if before is None else before.name,
            size=verdict.size.name,
            industry=basis.industry,
            as_of=basis.as_of,
            listed=basis.listed,
            policy_version=verdict.version,
        )

    def restrict(self, at: datetime) -> None:
        """Only store it from now on, at the customer's wish (PIPL §44, §47)."""
        self.check(CustomerVerb.RESTRICT)
        self.move(CustomerVerb.RESTRICT, CustomerState.RESTRICTED)
        self.record("customer_restricted", at)

    def lift(self, at: datetime) -> None:
        """Use it again, at the customer's wish."""
        self.check(CustomerVerb.LIFT)
        self.move(CustomerVerb.LIFT, CustomerState.ACTIVE)
        self.record("customer_restriction_lifted", at)

    def erase(self, held: RecordedRefusalError | None, at: datetime) -> None:
        """Forget what is known of it, unless something holds it; that it was asked for stays on record (PIPL §47).

        Raises RuleError, and what holds it.
        """
        self.check(CustomerVerb.ERASE)
        if held is not None:
            raise held
        self.move(CustomerVerb.ERASE, CustomerState.ERASED)
        self.subject, self.paper, self.warnings, self.known = SubjectKind.UNREGISTERED, None, (), ()
        self.size, self.size_version, self.basis = None, None, None
        self.record("customer_erased", at)

    def merge(self, survivor: str, pair_id: str, moved: int, at: datetime) -> None:
        """Become a reference to the customer who stays, to whom `moved` accounts go. Raises RuleError."""
        self.check(CustomerVerb.MERGE)
        self.merged_into = survivor
        self.move(CustomerVerb.MERGE, CustomerState.MERGED)
        self.record("customer_merged", at, merged_into=survivor, pair_id=pair_id, moved=moved)

    def unmerge(self, pair_id: str, moved: int, at: datetime) -> None:
        """Be a customer of its own again, to whom `moved` accounts come back. Raises RuleError."""
        self.check(CustomerVerb.UNMERGE)
        former, self.merged_into = self.merged_into, None
        self.move(CustomerVerb.UNMERGE, CustomerState.ACTIVE)
        self.record("customer_unmerged", at, merged_into=former, pair_id=pair_id, moved=moved)

    def _describe(self, particulars: Particulars) -> None:
        identified = particulars.identified
        self.subject, self.paper, self.warnings = identified.subject, identified.paper, identified.warnings
        self.known = tuple(sorted(particulars.texts))

    def _open_fields(self) -> dict[str, object]:
        return {"subject": self.subject, "paper": self.paper}
