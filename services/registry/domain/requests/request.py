"""A request of a customer on an account: suspension, resumption, transfer, closure or change. No personal data.

It holds no fee: stopping and starting heat is free (山东省供热条例 §25), and no other kind has a source for one. What
is to be written anew, and who the receiver is, stand sealed elsewhere; here are ids, codes and names of fields.
Instants are aware UTC.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from libs.casework.domain.deadlines import MOMENT
from libs.common.aggregate import Actor
from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.requests.limits import deadlines
from services.registry.domain.requests.parts import Act, Agreement, InStead, Limits, Proposal, one_person
from services.registry.domain.requests.policy import KindPolicy, MaterialFile
from services.registry.domain.requests.teamwork import Teamwork
from services.registry.domain.requests.values import (
    KIND_NAMES,
    MATERIAL_NAMES,
    OVER,
    TRANSITIONS,
    EntryMark,
    MaterialKind,
    Party,
    RefusalReason,
    RequestChannel,
    RequestKind,
    RequestState,
    RequestTimer,
    RequestVerb,
)
from services.registry.domain.rules import Rules


@dataclass(slots=True)
class Request(Teamwork):
    """One request on one account; the account changes when it is done and not before."""

    transitions = TRANSITIONS
    over = OVER

    number: str
    kind: RequestKind
    account_id: str
    # Who has the account when the request is made.
    customer_id: str
    district: str
    supply: Supply
    channel: RequestChannel
    submitted_at: datetime
    # Of a transfer: who gets the account.
    receiver_id: str | None = None
    proposal: Proposal | None = None
    state: RequestState = field(default=RequestState.SUBMITTED, kw_only=True)
    agreements: list[Agreement] = field(default_factory=list, kw_only=True)
    materials: list[MaterialFile] = field(default_factory=list, kw_only=True)
    # From the receipt on the utility's time runs: all agreements and required materials are there.
    received_at: datetime | None = field(default=None, kw_only=True)
    accept_by: datetime | None = field(default=None, kw_only=True)
    due_at: datetime | None = field(default=None, kw_only=True)
    policy_version: str = field(default="", kw_only=True)
    limits: Limits | None = field(default=None, kw_only=True)
    overdue: bool = field(default=False, kw_only=True)
    accepted_at: datetime | None = field(default=None, kw_only=True)
    accepted_by: str | None = field(default=None, kw_only=True)
    approved_at: datetime | None = field(default=None, kw_only=True)
    approved_by: str | None = field(default=None, kw_only=True)
    act: Act | None = field(default=None, kw_only=True)
    refusal: RefusalReason | None = field(default=None, kw_only=True)
    finished_at: datetime | None = field(default=None, kw_only=True)
    in_stead: list[InStead] = field(default_factory=list, kw_only=True)

    # -- what it lacks

    @property
    def missing_parties(self) -> list[Party]:
        """The parties whose agreement is not there: a transfer needs both sides'."""
        needed = [Party.CUSTOMER, Party.RECEIVER] if self.receiver_id else [Party.CUSTOMER]
        given = {agreement.party for agreement in self.agreements}
        return [party for party in needed if party not in given]

    def missing_materials(self, rules: Rules) -> list[MaterialKind]:
        """Return the required materials that were not handed in; none after the receipt, whatever lists say later."""
        if self.received_at is not None:
            return []
        return rules.requests.material_list(self.kind).missing(self.materials)

    def of_kind(self, rules: Rules) -> KindPolicy:
        """Return the rules of its kind."""
        return rules.requests.kinds[self.kind]

    def needs_approval(self, rules: Rules) -> bool:
        """Tell whether it waits for an approver."""
        return self.of_kind(rules).needs_approval and self.approved_at is None

    def is_on_time(self, at: datetime) -> bool | None:
        """Tell whether an instant is within its time; None before the time runs."""
        return None if self.due_at is None else at <= self.due_at

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether its time had passed when it ended, or by an instant while it is open."""
        return self.is_on_time(self.finished_at or at) is False

    def party_of(self, citizen: str) -> Party:
        """Return which party a citizen is, as scopes name one."""
        return Party.CUSTOMER if citizen == self.customer_id.upper() else Party.RECEIVER

    # -- the parties' verbs

    def submit(self, rules: Rules, person: str | None = None) -> None:
        """Note that it was made, with the customer's agreement: by the token, or the document that staff name.

        `person` is the citizen who made it, as scopes name one; None for staff.
        """
        self._agree(Party.CUSTOMER, self.submitted_at, person)
        self.record(
            "request_submitted",
            self.submitted_at,
            missing_agreements=self.missing_parties,
            missing_materials=self.missing_materials(rules),
            proposed=[] if self.proposal is None else list(self.proposal.fields),
        )
        self._receive(self.submitted_at, rules)

    def agree(self, at: datetime, citizen: str | None, rules: Rules, person: str | None = None) -> None:
        """Take the receiver's agreement to a transfer. Raises RuleError where none is open.

        `citizen` is whose agreement it is, as scopes name one; None for staff, who name a signed document. `person`
        is who signs: another one than the citizen where that one is represented.
        """
        self.check(RequestVerb.AGREE)
        if Party.RECEIVER not in self.missing_parties:
            raise RuleError("agreement-not-needed", "此件不需要受让人同意，或受让人已经同意", "无需再次办理")
        if citizen is not None and self.party_of(citizen) is not Party.RECEIVER:
            raise RuleError("not-the-receiver", "须由受让人本人同意", "请受让人登录后办理，或到窗口签字")
        if person is not None and person in {agreement.person for agreement in self.agreements}:
            raise one_person()
        if self.actor is not None and self.actor.in_stead:
            self.actor = replace(self.actor, on_behalf_of=self.receiver_id)
        self._agree(Party.RECEIVER, at, person)
        self.record("request_agreed", at, party=Party.RECEIVER)
        self._receive(at, rules)

    def receive_material(self, file: MaterialFile, rules: Rules) -> None:
        """Add a file that a party hands in. Raises RuleError for one that the list does not have."""
        self.check(RequestVerb.ADD_MATERIAL)
        if rules.requests.material_list(self.kind).listed(file.kind) is None:
            raise RuleError(
                "material-not-listed",
                f"{KIND_NAMES[self.kind]}的材料清单内没有{MATERIAL_NAMES[file.kind]}",
                "无需提交这项材料",
                "kind",
            )
        if len(self.materials) >= rules.requests.most_files:
            raise RuleError(
                "materials-too-many",
                f"每件至多提交{rules.requests.most_files}个文件",
                "请合并后再提交",
                "file",
            )
        self.materials.append(file)
        facts = {"material": file.kind, "size": file.size, "media_type": file.media_type}
        self.record("material_received", file.uploaded_at, **facts)
        self._receive(file.uploaded_at, rules)

    def withdraw(self, at: datetime) -> None:
        """Withdraw it, by either party."""
        self.check(RequestVerb.WITHDRAW)
        self._finish(RequestVerb.WITHDRAW, RequestState.WITHDRAWN, at)
        self.record("request_withdrawn", at, overdue=self.overdue)

    # -- the utility's verbs

    def accept(self, at: datetime, by: str) -> None:
        """Accept it. Raises RuleError while an agreement or a required material is missing."""
        self.check(RequestVerb.ACCEPT)
        if self.received_at is None:
            raise RuleError(
                "request-incomplete",
                "受让人尚未同意，或清单内必交材料未交齐",
                "请等待用户补齐；用户不补的，可撤回或不予办理",
                "state",
            )
        self.move(RequestVerb.ACCEPT, RequestState.ACCEPTED)
        self.accepted_at, self.accepted_by = at, by
        self.record("request_accepted", at)

    def approve(self, at: datetime, by: str, rules: Rules, *, settled: bool) -> None:
        """Approve it: the utility confirms that nothing is owed (欠费已结清), which the registry does not know.

        Raises RuleError for who accepted it, and where something is owed.
        """
        self.check(RequestVerb.APPROVE)
        if not self.needs_approval(rules):
            raise RuleError("approval-not-needed", "此件不需要审批，或已经审批", "请直接办结", "state")
        if by == self.accepted_by:
            raise RuleError("approver-is-asker", "审批人不能是受理人本人", "请由他人审批", "state")
        if not settled:
            raise RuleError(
                "arrears-unsettled",
                "欠费结清后才能审批",
                "请用户结清欠费后再审批；不结清的，以“欠费未结清”不予办理",
                "settled",
            )
        self.approved_at, self.approved_by = at, by
        self.record("request_approved", at, settled=settled)

    def complete(self, acted_at: datetime, reading: int | None, at: datetime, by: str, rules: Rules) -> None:
        """Note what the utility did at the meter, and when. Raises RuleError.

        Whether it was on time goes by when it is recorded: an earlier time that is claimed makes no late one good.
        """
        self.check(RequestVerb.COMPLETE)
        if self.needs_approval(rules):
            raise RuleError(
                "approval-missing", "此件须先审批（欠费已结清）", "请由审批人员审批后办结", "state"
            )
        if acted_at > at:
            raise RuleError("in-the-future", "时间不能晚于现在", "请核对时间", "at")
        if acted_at < self.submitted_at:
            raise RuleError("act-before-request", "现场办理不能早于用户申请", "请核对时间", "at")
        if reading is None and self.supply in self.of_kind(rules).needs_reading:
            raise RuleError("reading-missing", "须登记办理时的表底数", "请填写表底数", "reading")
        in_time_until = rules.calendar.close_after(acted_at, rules.requests.recorded_workdays)
        entry = EntryMark.IN_TIME if at <= in_time_until else EntryMark.LATE
        self.act = Act(acted_at, at, by, reading, entry)
        self._finish(RequestVerb.COMPLETE, RequestState.DONE, at)
        self.record("request_done", acted_at, entry=entry, on_time=self.is_on_time(at), overdue=self.overdue)

    def refuse(self, reason: RefusalReason, at: datetime, rules: Rules) -> None:
        """Refuse it for a reason that is listed for its kind. Raises RuleError for another one."""
        self.check(RequestVerb.REFUSE)
        if reason not in self.of_kind(rules).refusals:
            raise RuleError(
                "refusal-not-listed",
                f"不能以这一理由不予办理{KIND_NAMES[self.kind]}",
                "请从列出的理由中选择；没有的，请继续办理",
                "reason",
            )
        self.refusal = reason
        self._finish(RequestVerb.REFUSE, RequestState.REFUSED, at)
        self.record("request_refused", at, reason=reason, overdue=self.overdue)

    # -- the clock

    def timers(self, rules: Rules) -> dict[RequestTimer, datetime]:
        """Wait for the end of its time, and for the answer to an urge."""
        del rules
        timers: dict[RequestTimer, datetime] = {}
        if self.due_at is not None and not self.overdue and self.state not in OVER:
            timers[RequestTimer.OVERDUE] = self.due_at + MOMENT
        if (overdue_at := self.urge_overdue_at()) is not None:
            timers[RequestTimer.URGE] = overdue_at
        return timers

    def fire(self, kind: RequestTimer, at: datetime, rules: Rules) -> None:
        """Record that its time, or that of an urge, has passed."""
        if kind not in self.timers(rules):
            return
        if kind is RequestTimer.URGE:
            self.miss_urge(at)
        else:
            self.overdue = True
            self.record("request_overdue", at, due_at=self.due_at)

    # -- inside

    def record(self, event: str, at: datetime, **data: object) -> None:
        """Note what happened, and what was done in a party's stead."""
        if (actor := self.actor) is not None and actor.in_stead:
            self.in_stead.append(InStead(event, actor.recorded_at, actor.subject, actor.document_ref))
        # Named, since a dataclass with slots is another class than the one that `super` without names means.
        super(Request, self).record(event, at, **data)

    def _agree(self, party: Party, at: datetime, person: str | None) -> None:
        actor = self.actor or Actor(at)
        self.agreements.append(Agreement(party, at, actor.subject, actor.document_ref, person))

    def _receive(self, at: datetime, rules: Rules) -> None:
        """Let the utility's time run from when nothing is missing any more."""
        if self.received_at is not None or self.missing_parties or self.missing_materials(rules):
            return
        self.received_at, self.policy_version = at, rules.requests.version
        self.limits = Limits(rules.requests.accept_workdays, self.of_kind(rules).workdays)
        self.accept_by, self.due_at = deadlines(at, self.limits, rules.calendar)
        self.record(
            "request_received",
            at,
            accept_by=self.accept_by,
            due_at=self.due_at,
            policy_version=self.policy_version,
        )

    def _finish(self, verb: RequestVerb, state: RequestState, at: datetime) -> None:
        self.move(verb, state)
        self.finished_at = at
