"""Random lives of cases through the API: by whom, at which version, under which key, and what becomes of it.

What is legal of a command's own rules is asked of the domain's `oracle`; who may give it and how is said here.
"""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.clock import local
from libs.common.problems import is_chinese
from services.hookup.domain.case import Case
from services.hookup.domain.values.entries import Act, LateEntry, LateEntryState
from services.hookup.domain.values.lengths import LengthKind, parse_length
from services.hookup.domain.values.pauses import PauseReason
from services.hookup.domain.values.permit_details import DigSite, NoPermitReason, Reason, ReasonCode
from services.hookup.domain.values.permit_items import (
    CheckResult,
    CommitmentState,
    Decision,
    PermitItem,
    PermitKind,
    PermitMode,
    Risk,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.values.stages import Stage, stages_of
from services.hookup.domain.values.transitions import ALLOWED, FINISHED, CaseState, Verb
from services.hookup.domain.verbs.permits import Filing
from services.hookup.domain.verbs.quotes import BilledLine, RequestedLine
from services.hookup.http.allowed import roles_by_verb
from services.hookup.storage.permits import bars
from services.hookup.usecases.read_cases import one_case
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle import TELEPHONE, Outcome
from tests.services.hookup.test_api_rules import NOBODY
from tests.support.hookup import Answered, Client, Hookup, Json

# More, and others, for a long run.
LIVES, STEPS = int(os.environ.get("SQN_TEST_LIVES", "9")), 45
SEED = int(os.environ.get("SQN_TEST_SEED", "20220704"))
STATUS = {Outcome.LEGAL: 200, Outcome.ILLEGAL: 409, Outcome.RECORDED: 422}
UTILITY = ScopeKind.UTILITY, "W-371502"
CLERK, APPROVER, HELPERS = (
    ("clerk-1",),
    ("approver-1", "clerk-1 as approver"),
    ("clerk-1", "agent-1", "agent-2"),
)
# Who may undo what was announced: the last stands outside of the utility.
DECIDER = (*APPROVER, "supervisor-1", "supervisor-1")
COUNTER = ("clerk-1", "window-1")
USER = ("C-1", "channel-1", *COUNTER)
USER_OR_HALL = ("C-1", "channel-1", "window-1")
RATER = ("C-1", "channel-1")
APPLICANT = (*USER, "agent-1", "agent-2")
OFFICE = ("authority-1",)
Events = list[tuple[str, datetime]]
DOCUMENT = {"document_ref": "OBJ-1"}
# In which a command should not be given.
WAYS = ("stale", "elsewhere", "wrong role", "no version", "repeated", "key of another")
# One authority decides on these; what is notified of an emergency is another's.
OUR_OFFICE = "GREENING-371502"
KINDS = (PermitKind.GREEN_LAND, PermitKind.TREES)


def is_offered(item: PermitItem) -> bool:
    """Whether its commitment waits for a signature."""
    return item.commitment is not None and item.commitment.state is CommitmentState.OFFERED


@dataclass(frozen=True)
class Command:
    """A command, who may give it, and what becomes of it by the rules of the case; `item` is the permit it is of.

    `of_utility` is what only the utility's people may do, though the route is open to applicants; `roles` are more
    that the route is open to than those of the callers.
    """

    path: str
    body: Json | None
    callers: tuple[str, ...]
    expected: Outcome
    item: str = ""
    of_utility: bool = False
    roles: tuple[str, ...] = ()


class Life:
    """One case, its callers, and what is held of every command."""

    def __init__(self, hookup: Hookup, random: Random) -> None:
        self.hookup, self.random, self.seen = hookup, random, Counter[str]()
        self.rules: Rules
        self.callers: Mapping[str, tuple[str, Client]] = {
            name: (role, hookup.client(role, *place, subject=name.partition(" ")[0]))
            for name, role, place in (
                ("clerk-1", "clerk", UTILITY),
                ("window-1", "window", (ScopeKind.DISTRICT, "371502")),
                ("approver-1", "approver", UTILITY),
                ("supervisor-1", "supervisor", (ScopeKind.DISTRICT, "371502")),
                # Who has asked cannot approve in another role.
                ("clerk-1 as approver", "approver", UTILITY),
                ("agent-1", "agent", UTILITY),
                ("agent-2", "agent", UTILITY),
                ("C-1", "citizen", (ScopeKind.CITIZEN, "C-1")),
                ("channel-1", "channel", (ScopeKind.CHANNEL, "ISHANDONG")),
                ("authority-1", "authority", (ScopeKind.AUTHORITY, "GREENING-371502")),
            )
        }
        gas = ScopeKind.UTILITY, "G-371502"
        self.strangers = {
            "clerk": hookup.client("clerk", *gas, subject="clerk-9"),
            "window": hookup.client("window", ScopeKind.DISTRICT, "371503", subject="window-9"),
            "approver": hookup.client("approver", *gas, subject="approver-9"),
            "supervisor": hookup.client("supervisor", ScopeKind.DISTRICT, "371503", subject="supervisor-9"),
            "citizen": hookup.client("citizen", ScopeKind.CITIZEN, "C-2", subject="C-2"),
            "authority": hookup.client("authority", ScopeKind.AUTHORITY, "GREENING-371503"),
        }
        self.is_over = False
        self.kept: tuple[str, str, Json | None, str, Answered] | None = None

    async def begin(self, **fields: Any) -> None:
        self.case_id = (await self.callers["C-1"][1].submit(**fields)).body["id"]
        await self.upload_evidence()

    async def upload_evidence(self) -> None:
        self.evidence = await self.callers["clerk-1"][1].evidence(self.case_id)
        self.evidence_at = self.now
        self.grounds = {"reason": "现场记录次日交回", "evidence_ref": self.evidence}

    async def trace(self) -> tuple[Case, int, Events]:
        """What a refused command must leave alone."""
        case = await one_case(self.hookup.service.database, self.case_id, Scope(ScopeKind.CITY))
        return case, case.version, await self.hookup.events(self.case_id)

    async def step(self) -> None:
        hookup, random = self.hookup, self.random
        hookup.clock.advance(timedelta(minutes=random.choice([0, 7, 45, 100, 487, 1440, 4321])))
        await hookup.fire_timers()
        before = await self.trace()
        if not self.is_fresh(before[0]) and random.random() < 0.5:
            await self.upload_evidence()
            before = await self.trace()
        case = before[0]
        self.rules = hookup.app.state.rulebook.of(case)
        self.barred = frozenset(row.party for row in await bars(hookup.service.database))
        following = self.following(case) if random.random() < 0.5 else self.anything(case)
        await self.give(following, *before)
        view = (await self.callers["C-1"][1].get(f"/hookups/{self.case_id}")).body
        sheet = view["time_sheet"]
        assert sheet["elapsed"] == sheet["stages"] + sheet["pauses"] + sheet["gaps"]
        self.is_over = view["rating"] is not None or view["state"] in FINISHED - {CaseState.CLOSED}
        of_state = {verb for state, verb in ALLOWED if state == view["state"]}
        assert set(view["allowed"]) == {
            verb for verb in of_state if "citizen" in roles_by_verb().get(verb, ())
        }

    # -- how a command is given, and what becomes of it

    async def give(self, command: Command, case: Case, version: int, events: Events) -> None:
        name = self.random.choice(command.callers)
        role, client = self.callers[name]
        path, expected = f"/hookups/{self.case_id}/{command.path}", command.expected
        if command.item:
            path = f"/permits/{command.item}/{command.path}"
            version = max((each.version for each in case.permits if each.id == command.item), default=1)
        if command.of_utility:
            expected = expected if role in ("clerk", "agent") else Outcome.ILLEGAL
        elif role == "agent" and command.callers == APPLICANT and not oracle.may_act(case, name):
            expected = Outcome.ILLEGAL
        seen = f'"{version}"'
        way = self.random.choices(["right", *WAYS], [60, *[7] * len(WAYS)])[0]
        self.seen[f"{way} {expected.name}" if way == "right" else way] += 1
        there = not command.item or any(each.id == command.item for each in case.permits)
        match way:
            case "right" if there:
                await self.give_rightly(command, name, path, seen, expected, case, events)
                return
            case "right" | "stale":
                answer = await client.post(
                    path, command.body, 412 if there else 404, version=f'"{version + 1}"'
                )
                assert answer.code == ("version-changed" if there else "not-found")
            case "elsewhere":
                roles = {self.callers[each][0] for each in command.callers}
                stranger = next(each for of, each in self.strangers.items() if of in roles)
                assert (await stranger.post(path, command.body, 404, version=seen)).code == "not-found"
            case "wrong role":
                roles = {*command.roles, *(self.callers[each][0] for each in command.callers)}
                other = self.random.choice([each for of, each in self.callers.values() if of not in roles])
                assert (await other.post(path, command.body, 403, version=seen)).code == "forbidden"
            case "no version":
                assert (await client.post(path, command.body, 428)).code == "if-match-missing"
            case "repeated" if self.kept is not None:
                giver, at, body, key, first = self.kept
                status = first.response.status_code
                again = await self.callers[giver][1].post(at, body, status, key=key, version=seen)
                assert again.response.content == first.response.content
                assert again.etag == first.etag
            case "key of another" if self.kept is not None and self.case_id in self.kept[1]:
                giver, at, body, key, _ = self.kept
                elsewhere = at.replace(self.case_id, str(uuid4()))
                refused = await self.callers[giver][1].post(elsewhere, body, 422, key=key, version=seen)
                assert refused.code == "idempotency-key-reused"
        assert (await self.trace())[1:] == (case.version, events)

    async def give_rightly(
        self, command: Command, name: str, path: str, seen: str, expected: Outcome, case: Case, events: Events
    ) -> None:
        key = f"{self.case_id}/{len(events)}/{case.version}"
        role, client = self.callers[name]
        of_case = path.startswith("/hookups/")
        offered = (await client.get(f"/hookups/{self.case_id}/actions")).body["items"] if of_case else []
        answer = await client.post(path, command.body, STATUS[expected], key=key, version=seen)
        _, version_now, events_now = await self.trace()
        if expected is Outcome.ILLEGAL:
            assert answer.code
            assert is_chinese(answer.body["errors"][0]["remedy"])
            assert (version_now, events_now) == (case.version, events)
            return
        # What can be done is offered to whom it is for.
        assert (
            expected is not Outcome.LEGAL or not of_case or f"/v1{path}" in {each["href"] for each in offered}
        )
        self.kept = name, path, command.body, key, answer
        new = events_now[len(events) :]
        assert (version_now, events_now[: len(events)]) == (case.version + 1, events)
        assert expected is Outcome.LEGAL or len(new) == 1
        if new:
            told = await self.callers["C-1"][1].get(f"/hookups/{self.case_id}/events", limit=200)
            for each in told.body["items"][len(events) : len(events_now)]:
                in_stead = command.callers in (USER, USER_OR_HALL, APPLICANT, RATER) and role != "citizen"
                stead = in_stead and not command.of_utility
                assert each["actor"] == name.partition(" ")[0]
                assert each["on_behalf_of"] == ("C-1" if stead else None)
                assert each["in_stead"] is (stead and role in ("window", "clerk", "agent"))
                assert datetime.fromisoformat(each["recorded_at"]) == self.now
                assert datetime.fromisoformat(each["at"]) <= self.now

    # -- commands

    def following(self, case: Case) -> Command:
        """What comes next, so that cases get to their end."""
        match case.state:
            case CaseState.SUBMITTED:
                return self.accept(case)
            case CaseState.CORRECTION:
                return self.plain(case, "corrections/answer", APPLICANT, Verb.ANSWER_CORRECTION, DOCUMENT)
            case CaseState.TURNED_ON:
                return self.confirm(case)
            case state if state in FINISHED:
                return self.rate(case)
        if case.quote is None:
            return self.quote(case, ["W-INSIDE", "W-CONNECT"])
        waiting = [each.id for each in oracle.waiting(case) if each.authority == OUR_OFFICE]
        offered = [each.id for each in case.permits if is_offered(each)]
        running = [each for each in case.open_stages if each is not Stage.TURN_ON]
        if waiting:
            return self.decide(case, waiting[0], "GRANTED")
        if offered:
            return self.sign(case, offered[0])
        if {*running} & {*oracle.LINE} and not case.permits and case.no_permit is None:
            return self.need_no_permit(case)
        if Stage.EXTERNAL_WORKS in running and not oracle.dug(case, self.now):
            return self.dig(case)
        if running:
            return self.complete(case, running[0])
        if case.stage(Stage.TURN_ON):
            return self.meter_live(case)
        stage = next(each for each in stages_of(case.length_class) if not case.stage(each))
        if stage is Stage.PERMIT:
            return self.file(case, self.random.sample(KINDS, 2))
        return self.start(case, stage)

    def anything(self, case: Case) -> Command:
        """A command of any kind, legal or not."""
        one, plain = self.one, self.plain
        permits = [each.id for each in case.permits if each.authority == OUR_OFFICE]
        committed = [each.id for each in case.permits if each.commitment]
        urges, questions = [each.id for each in case.urges], [each.id for each in case.questions]
        pauses = [each.id for each in case.pauses]
        text = self.random.choice(["今日施工", TELEPHONE])
        seldom = self.random.random() < 0.1
        commands: list[Callable[[], Command]] = [
            lambda: self.accept(case),
            lambda: plain(case, "corrections/answer", APPLICANT, Verb.ANSWER_CORRECTION, DOCUMENT),
            lambda: self.without_document(case),
            lambda: self.live_earlier(case),
            lambda: self.live_earlier(case),
            lambda: self.decide_entry(case),
            lambda: self.decide_entry(case),
            lambda: self.dispute(case),
            lambda: self.correct(case),
            lambda: self.start(case, self.random.choice(list(Stage))),
            lambda: self.complete(case, self.random.choice(list(Stage))),
            lambda: self.measure(case),
            lambda: self.ask_pause(case),
            lambda: self.decide_pause(case, one(pauses)),
            lambda: self.resume(case, one(pauses)),
            lambda: self.agree(case),
            lambda: self.special(case),
            lambda: self.meter_live(case),
            lambda: self.confirm(case),
            lambda: self.rate(case),
            lambda: (
                plain(case, "withdrawal", APPLICANT, Verb.WITHDRAW, DOCUMENT) if seldom else self.urge(case)
            ),
            lambda: self.file(case, self.random.choices(KINDS, k=self.random.choice([1, 1, 2]))),
            lambda: self.decide(case, one(permits), self.random.choice(["GRANTED", "REFUSED"])),
            lambda: self.sign(case, one(committed)),
            lambda: self.choose_approval(case, one(committed)),
            lambda: self.check(case, one(committed)),
            lambda: self.dig(case),
            lambda: self.need_no_permit(case),
            lambda: self.object_to(case, one(permits)),
            lambda: self.report_risk(case, one(permits)),
            lambda: self.quote(case, self.random.choices(["W-INSIDE", "W-CONNECT", "X"], k=2)),
            lambda: self.answer_quote(case),
            lambda: self.bill(case),
            lambda: self.assign(case),
            lambda: Command("agent/authorization", DOCUMENT, USER, oracle.authorise_agent(case)),
            lambda: Command("agent/revocation", None, USER, oracle.revoke_agent(case)),
            lambda: plain(case, "guidance", HELPERS, Verb.GUIDE, DOCUMENT),
            lambda: self.urge(case),
            lambda: self.answer(f"urges/{(at := one(urges))}", text, oracle.answer_urge(case, at, text)),
            lambda: Command("questions", {"text": text}, USER_OR_HALL, oracle.ask(case, text)),
            lambda: self.answer(
                f"questions/{(at := one(questions))}", text, oracle.answer_question(case, at, text)
            ),
        ]
        return self.random.choice(commands)()

    @property
    def now(self) -> datetime:
        return self.hookup.clock.now()

    def one(self, ids: Sequence[str]) -> str:
        return self.random.choice([*ids, NOBODY]) if self.random.random() < 0.3 or not ids else ids[-1]

    def plain(
        self, case: Case, path: str, callers: tuple[str, ...], verb: Verb, body: Json | None = None
    ) -> Command:
        return Command(path, body, callers, oracle.by_state(case, verb))

    def accept(self, case: Case) -> Command:
        return Command("acceptance", None, COUNTER, oracle.accept(case, self.now))

    def correct(self, case: Case) -> Command:
        codes = self.random.choice([["PREMISES_PROOF"], ["PREMISES_PROOF"], ["被拆迁证明"]])
        expected = oracle.request_correction(case, codes, self.rules)
        return Command("corrections", {"materials": codes}, COUNTER, expected)

    def start(self, case: Case, stage: Stage) -> Command:
        return Command(f"stages/{stage}/start", {}, CLERK, oracle.start_stage(case, stage, self.now))

    def complete(self, case: Case, stage: Stage) -> Command:
        expected = oracle.complete_stage(case, stage, self.now)
        return Command(f"stages/{stage}/completion", {}, CLERK, expected)

    def measure(self, case: Case) -> Command:
        kind, metres = self.random.choice(list(LengthKind)), self.random.choice(["0", "42.0", "200.1"])
        length_dm = parse_length(metres)
        body: Json = {"kind": kind, "length_m": metres}
        expected = oracle.change_length(case, kind, length_dm)
        if expected is Outcome.LEGAL and oracle.lengthens(case, kind, length_dm, self.rules):
            if self.pending(case) or self.random.random() < 0.5:
                return Command("lengths", body, CLERK, Outcome.ILLEGAL)
            body["late_entry"] = self.grounds
        return Command("lengths", body, CLERK, expected)

    def ask_pause(self, case: Case) -> Command:
        reason = self.random.choice(["CROSSING", "PERMIT_ORDINARY"])
        since = [item.approval_since or item.filed_at for item in oracle.waiting(case)]
        starts_at = min(since) if since and reason == "PERMIT_ORDINARY" else self.now
        expected = oracle.request_pause(case, PauseReason(reason), starts_at, self.now, self.rules)
        return Command("pauses", {"reason": reason, "evidence_ref": self.evidence}, CLERK, expected)

    def decide_pause(self, case: Case, pause_id: str) -> Command:
        by = self.random.choice(DECIDER)
        decision = self.random.choice(["approval", "approval", "refusal"])
        approve, supervises = decision == "approval", by == "supervisor-1"
        expected = oracle.decide_pause(
            case, pause_id, by.partition(" ")[0], self.rules, approve=approve, supervises=supervises
        )
        roles = ("approver", "supervisor")
        return Command(f"pauses/{pause_id}/{decision}", None, (by,), expected, roles=roles)

    def resume(self, case: Case, pause_id: str) -> Command:
        return Command(f"pauses/{pause_id}/end", {}, CLERK, oracle.resume(case, pause_id, self.now))

    def agree(self, case: Case) -> Command:
        agreed = local(self.now).date() + timedelta(days=self.random.choice([-30, 3, 40]))
        body: Json = {"agreed_date": agreed.isoformat(), "document_ref": "HT-1"}
        expected = oracle.agree_date(case, agreed, self.now, self.rules)
        if expected is Outcome.LEGAL and oracle.puts_off(case, agreed):
            if self.pending(case) or self.random.random() < 0.5:
                return Command("agreed-date", body, CLERK, Outcome.ILLEGAL)
            body["late_entry"] = self.grounds
        return Command("agreed-date", body, CLERK, expected)

    def special(self, case: Case) -> Command:
        if self.random.random() < 0.5:
            body = {"reason": "CROSSING", "evidence_ref": self.evidence}
            return Command("special-case", body, CLERK, oracle.request_special(case))
        by = self.random.choice(DECIDER)
        roles = ("approver", "supervisor")
        if self.random.random() < 0.5:
            text = self.random.choice(["没有依据。", TELEPHONE])
            expected = oracle.decline_special(case, by.partition(" ")[0], text)
            return Command("special-case/refusal", {"reason": text}, (by,), expected, roles=roles)
        supervises = by == "supervisor-1"
        expected = oracle.approve_special(case, by.partition(" ")[0], supervises=supervises)
        return Command("special-case/approval", None, (by,), expected, roles=roles)

    def meter_live(self, case: Case) -> Command:
        """Live now; after a dispute with evidence that is younger than it."""
        named = bool(case.disputes) and self.random.random() < 0.8
        stale = named and not self.is_fresh(case)
        expected = oracle.report_meter_live(case, self.now, evidence=named)
        body = {"evidence_ref": self.evidence} if named else {}
        return Command("meter-live", body, CLERK, Outcome.ILLEGAL if stale else expected)

    def is_fresh(self, case: Case) -> bool:
        """Whether the evidence at hand was uploaded since the last dispute."""
        return not case.disputes or self.evidence_at >= case.disputes[-1].disputed_at

    @staticmethod
    def pending(case: Case) -> list[LateEntry]:
        return [each for each in case.late_entries if each.state is LateEntryState.PENDING]

    def live_earlier(self, case: Case) -> Command:
        """The live meter some time ago, with or without grounds; with something else waiting it comes now."""
        if self.pending(case):
            return self.meter_live(case)
        claimed = self.now - timedelta(minutes=self.random.choice([30, 487, 1440, 4321, 9000]))
        grounds = self.random.random() < 0.7
        _, expected = oracle.enter(
            case, Act.METER_LIVE, Stage.TURN_ON, claimed, self.now, self.rules, grounds=grounds
        )
        if grounds and not self.is_fresh(case):
            expected = Outcome.ILLEGAL
        body = {"at": claimed.isoformat(), **({"late_entry": self.grounds} if grounds else {})}
        return Command("meter-live", body, CLERK, expected)

    def decide_entry(self, case: Case) -> Command:
        by, approve = self.random.choice(DECIDER), self.random.random() < 0.6
        entries = [each for each in case.late_entries if each.claim.act is Act.METER_LIVE]
        entry_id = self.one([each.id for each in entries])
        expected = oracle.decide_entry(
            case, entry_id, by.partition(" ")[0], self.now, self.rules, approve=approve
        )
        decision, body = ("approval", None) if approve else ("refusal", {"reason": "照片没有日期"})
        path = f"late-entries/{entry_id}/{decision}"
        return Command(path, body, (by,), expected, roles=("approver", "supervisor"))

    def dispute(self, case: Case) -> Command:
        return Command("dispute", {"reason": "没有水了"}, USER_OR_HALL, oracle.dispute(case, self.now))

    def without_document(self, _case: Case) -> Command:
        """What staff do for the user and rest on nothing is refused, whatever the state."""
        path = self.random.choice(["confirmation", "withdrawal", "corrections/answer"])
        return Command(path, None, CLERK, Outcome.ILLEGAL, roles=("window", "channel", "citizen", "agent"))

    def confirm(self, case: Case) -> Command:
        expected = oracle.confirm(case, self.now, self.rules)
        if not case.disputes:
            return Command("confirmation", DOCUMENT, APPLICANT, expected)
        # What the user has disputed the user confirms.
        if self.random.random() < 0.3:
            others = ("channel", "citizen", "agent")
            return Command("confirmation", DOCUMENT, CLERK, Outcome.ILLEGAL, roles=others)
        return Command("confirmation", None, RATER, expected, roles=("clerk", "agent"))

    def rate(self, case: Case) -> Command:
        return Command("rating", {"score": 4}, RATER, oracle.rate(case))

    def file(self, case: Case, kinds: Sequence[PermitKind]) -> Command:
        modes = self.random.choices(["COMMITMENT", "COMMITMENT", "APPROVAL", "RECORD"], k=len(kinds))
        by_applicant, basis = self.random.random() < 0.5, self.random.choice([None, "条例第十五条"])
        party = case.customer_ref if by_applicant else case.utility
        risks = self.random.choice([(), (), (), (Risk.ANCIENT_TREE,)])
        filings = [
            Filing(kind, PermitMode(mode), party, risks, basis)
            for kind, mode in zip(kinds, modes, strict=True)
        ]
        items = [
            {
                "kind": kind,
                "mode": mode,
                "applicant_commits": by_applicant,
                "risks": risks,
                "basis": basis,
            }
            for kind, mode in zip(kinds, modes, strict=True)
        ]
        expected = oracle.file_permits(case, filings, self.now, self.barred)
        return Command("permits", {"items": items}, HELPERS, expected)

    def decide(self, case: Case, item: str, decision: str) -> Command:
        reason = Reason(ReasonCode.NOT_SAFE) if decision == "REFUSED" else None
        body = {"decision": decision, "reason": reason and reason.code, **DOCUMENT}
        expected = oracle.decide_permit(case, item, self.now, Decision(decision), reason)
        return Command("decision", body, OFFICE, expected, item)

    def object_to(self, case: Case, item: str) -> Command:
        body = {"reason": "MODE_NOT_DUE", "risks": self.random.choice([[], ["ANCIENT_TREE"]]), **DOCUMENT}
        return Command("objection", body, OFFICE, oracle.object_to_permit(case, item, self.now), item)

    def report_risk(self, case: Case, item: str) -> Command:
        risk = self.random.choice([Risk.ANCIENT_TREE, Risk.PUBLIC_SAFETY])
        expected = oracle.report_risk(case, item, risk)
        return Command("risks", {"risks": [risk], **DOCUMENT}, OFFICE, expected, item)

    def dig(self, case: Case) -> Command:
        sites = self.random.choice([[DigSite.GREEN_LAND], [DigSite.ROAD], [DigSite.OTHER]])
        if self.random.random() < 0.1:
            expected = oracle.excavate_in_emergency(case, self.now)
            return Command("excavation/emergency", {"reason": "PIPE_BURST", **DOCUMENT}, HELPERS, expected)
        return Command("excavation", {"sites": sites}, HELPERS, oracle.excavate(case, self.now, sites))

    def need_no_permit(self, case: Case) -> Command:
        reason = self.random.choice(list(NoPermitReason))
        return Command("no-permit", {"reason": reason, **DOCUMENT}, CLERK, oracle.record_no_permit(case))

    def check(self, case: Case, item: str) -> Command:
        result = self.random.choice(list(CheckResult))
        expected = oracle.check_commitment(case, item, result, self.now)
        return Command("check", {"result": result, **DOCUMENT}, OFFICE, expected, item)

    def sign(self, case: Case, item: str) -> Command:
        expected = oracle.sign_commitment(case, item, self.barred)
        of_utility = oracle.is_of_utility(case, item)
        return Command(f"permits/{item}/commitment", DOCUMENT, APPLICANT, expected, of_utility=of_utility)

    def choose_approval(self, case: Case, item: str) -> Command:
        expected = oracle.withdraw_commitment(case, item)
        of_utility = oracle.is_of_utility(case, item)
        path = f"permits/{item}/commitment/withdrawal"
        return Command(path, DOCUMENT, APPLICANT, expected, of_utility=of_utility)

    def quote(self, case: Case, codes: Sequence[str]) -> Command:
        lines = [RequestedLine(code, 1000) for code in codes]
        body = {"lines": [{"code": code, "quantity": "1"} for code in codes]}
        return Command("quote", body, HELPERS, oracle.make_quote(case, lines, self.now))

    def answer_quote(self, case: Case) -> Command:
        number, accept = self.random.choice([1, 2, 9]), self.random.random() < 0.5
        path = f"quote/lines/{number}/{'acceptance' if accept else 'refusal'}"
        body = DOCUMENT if accept else None
        return Command(path, body, APPLICANT, oracle.answer_line(case, number, accept=accept))

    def bill(self, case: Case) -> Command:
        code, fen = self.random.choice([("W-INSIDE", 18500), ("W-CONNECT", 100), ("X", 100)])
        expected = oracle.record_bill(case, [BilledLine(code, fen)], self.now)
        return Command("bill", {"lines": [{"code": code, "amount_fen": fen}]}, CLERK, expected)

    def assign(self, case: Case) -> Command:
        agent = self.random.choice(["agent-1", "agent-2", "agent-9"])
        return Command("agent", {"agent": agent}, CLERK, oracle.assign_agent(case, agent, self.rules))

    def urge(self, case: Case) -> Command:
        return Command("urges", None, RATER, oracle.urge(case))

    def answer(self, path: str, text: str, expected: Outcome) -> Command:
        return Command(f"{path}/answer", {"answer": text}, HELPERS, expected)


async def test_whatever_is_sent_is_accepted_as_it_should_be_or_changes_nothing(hookup: Hookup) -> None:
    hookup.lift_quotas()
    manager = hookup.client("approver", *UTILITY, subject="manager")
    await manager.put("/utilities/W-371502/agents", {"agents": ["agent-1", "agent-2"]}, version='"0"')
    random, seen = Random(SEED), Counter[str]()
    for number in range(LIVES):
        life = Life(hookup, random)
        await life.begin(complete=number % 2 == 0, declared_length_m=["42.0", "150", "260", "42"][number % 4])
        for _ in range(STEPS):
            if life.is_over:
                break
            await life.step()
        seen += life.seen
    # Each way was gone, and so often that it means something.
    assert min(seen[way] for way in (*WAYS, "right LEGAL", "right ILLEGAL")) >= 5, seen
    assert seen["right RECORDED"], seen
