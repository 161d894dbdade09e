"""Random lives of cases through the API: by whom, at which version, under which key, and what becomes of it.

What is legal of a command's own rules is asked of the domain's `oracle`; who may give it and how is said here.
"""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.problems import is_chinese
from services.hookup.domain.case import Case
from services.hookup.domain.values.transitions import ALLOWED, FINISHED, CaseState
from services.hookup.http.allowed import roles_by_verb
from services.hookup.storage.permits import bars
from services.hookup.usecases.read_cases import one_case
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.oracle import Outcome
from tests.services.hookup.machine.choice import anything, following
from tests.services.hookup.machine.context import (
    APPLICANT,
    RATER,
    USER,
    USER_OR_HALL,
    UTILITY,
    Command,
    Context,
    Events,
    Evidence,
)
from tests.support.hookup import Answered, Client, Hookup, Json

# More, and others, for a long run.
LIVES, STEPS = int(os.environ.get("SQN_TEST_LIVES", "9")), 45
SEED = int(os.environ.get("SQN_TEST_SEED", "20220704"))
STATUS = {Outcome.LEGAL: 200, Outcome.ILLEGAL: 409, Outcome.RECORDED: 422}
# In which a command should not be given.
WAYS = ("stale", "elsewhere", "wrong role", "no version", "repeated", "key of another")


class Life:
    """One case, its callers, and what is held of every command."""

    def __init__(self, hookup: Hookup, random: Random) -> None:
        self.hookup, self.random, self.seen = hookup, random, Counter[str]()
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
        self.staff = hookup.client("supervisor", subject="watcher")
        self.is_over = False
        self.kept: tuple[str, str, Json | None, str, Answered] | None = None

    async def begin(self, **fields: Any) -> None:
        self.case_id = (await self.callers["C-1"][1].submit(**fields)).body["id"]
        await self.upload_evidence()

    async def upload_evidence(self) -> None:
        ref = await self.callers["clerk-1"][1].evidence(self.case_id)
        self.evidence = Evidence(ref, self.hookup.clock.now())

    async def trace(self) -> tuple[Case, int, Events]:
        """What a refused command must leave alone."""
        case = await one_case(self.hookup.service.database, self.case_id, Scope(ScopeKind.CITY))
        return case, case.version, await self.hookup.events(self.case_id)

    async def step(self) -> None:
        hookup, random = self.hookup, self.random
        hookup.clock.advance(timedelta(minutes=random.choice([0, 7, 45, 100, 487, 1440, 4321])))
        await hookup.fire_timers()
        before = await self.trace()
        if not self.evidence.is_fresh(before[0]) and random.random() < 0.5:
            await self.upload_evidence()
            before = await self.trace()
        case = before[0]
        rules = hookup.app.state.rulebook.of(case)
        barred = frozenset(row.party for row in await bars(hookup.service.database))
        choose = following if random.random() < 0.5 else anything
        context = Context(random, hookup.clock.now(), rules, barred, self.evidence)
        await self.give(choose(context, case), *before)
        view = (await self.callers["C-1"][1].get(f"/hookups/{self.case_id}")).body
        sheet = view["time_sheet"]
        assert sheet["elapsed"] == sheet["stages"] + sheet["pauses"] + sheet["gaps"]
        self.is_over = view["rating"] is not None or view["state"] in FINISHED - {CaseState.CLOSED}
        of_state = {verb for state, verb in ALLOWED if state == view["state"]}
        assert set(view["allowed"]) == {
            verb for verb in of_state if "citizen" in roles_by_verb().get(verb, ())
        }

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
            history = f"/hookups/{self.case_id}/events"
            shown = (await self.callers["C-1"][1].get(history, limit=200)).body["items"][len(events) :]
            told = (await self.staff.get(history, limit=200)).body["items"][len(events) :]
            # The user sees by which unit, and of persons only oneself.
            assert {each["actor"] for each in shown} <= {None, "C-1"}
            assert [each["unit"] for each in shown] == [each["unit"] for each in told]
            assert all(each["unit"] for each in told)
            for each in told:
                in_stead = command.callers in (USER, USER_OR_HALL, APPLICANT, RATER) and role != "citizen"
                stead = in_stead and not command.of_utility
                assert each["actor"] == name.partition(" ")[0]
                assert each["on_behalf_of"] == ("C-1" if stead else None)
                assert each["in_stead"] is (stead and role in ("window", "clerk", "agent"))
                assert datetime.fromisoformat(each["recorded_at"]) == self.hookup.clock.now()
                assert datetime.fromisoformat(each["at"]) <= self.hookup.clock.now()


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
