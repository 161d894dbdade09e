"""What may be done on a case beside its stages."""

from services.hookup.domain.values.charge_checks import FindingCode
from services.hookup.domain.values.entries import Act, ApprovalGround
from services.hookup.domain.values.permit_details import DigSite, EmergencyReason, NoPermitReason, ReasonCode
from services.hookup.domain.values.permit_items import CheckResult, Decision, PermitKind, PermitMode, Risk
from services.hookup.domain.values.stages import Stage
from services.hookup.events import agents, charges, contacts, ending, materials, permits
from tests.services.metrics.life import Life


def file_permits(life: Life) -> None:
    """File a form, and decide or leave an item."""
    chance, mode = life.random, life.random.choice(tuple(PermitMode))
    item = {"item_id": "i", "kind": PermitKind.TREES, "authority": "GREENING-371502"}
    filed = permits.FiledItem(**item, mode=mode, due_at=None)
    life.say(
        permits.PermitsFiled,
        form_id="f",
        is_parallel=chance.random() < 0.8,
        items=[filed] * chance.randrange(1, 4),
    )
    if mode is PermitMode.RECORD:
        life.say(permits.PermitObjected, **item, mode=mode, reason=next(iter(ReasonCode)))
    if chance.random() < 0.3:
        life.say(permits.UndeclaredRiskFound, **item, mode=mode, risks=[Risk.ANCIENT_TREE])
        life.say(permits.EmergencyUnfiled, **item)
        life.say(permits.NoPermitNeeded, reason=next(iter(NoPermitReason)))
        life.say(
            permits.ExcavationBegun,
            sites=[DigSite.ROAD],
            emergency=chance.choice([None, EmergencyReason.PIPE_BURST]),
            file_by=None,
        )
    if chance.random() < 0.3:
        life.say(permits.PermitOverdue, **item)
    life.say(
        permits.PermitDecided,
        **item,
        mode=mode,
        decision=chance.choice(tuple(Decision)),
        filed_at=life.now,
        decided_at=life.now,
        elapsed_minutes=1,
        working_minutes=chance.randrange(9_000),
        in_time=chance.random() < 0.8 if mode is PermitMode.APPROVAL else None,
    )


def commit(life: Life) -> None:
    """Commit, check, and perhaps revoke."""
    chance = life.random
    item = {"item_id": "i", "kind": PermitKind.GREEN_LAND, "authority": "GREENING-371502"}
    life.say(permits.CommitmentSigned, **item, party="C-1")
    life.say(permits.CommitmentCheckDue, **item)
    result = chance.choice(tuple(CheckResult))
    life.say(permits.CommitmentChecked, **item, party="C-1", result=result, rectify_by=None)
    if result is CheckResult.MISMATCH:
        life.say(permits.RectificationOverdue, **item)
    if result is not CheckResult.OK:
        false = result is CheckResult.FALSE
        life.say(permits.CommitmentRevoked, **item, party="C-1", is_false=false)
    if chance.random() < 0.3:
        life.say(permits.CommitmentWithdrawn, **item, due_at=life.now)


def charge(life: Life) -> None:
    """Quote and bill, or be refused."""
    chance = life.random
    refused = charges.BlockedCharge(item_code=None, amount_fen=100, findings=[FindingCode.NOT_IN_CATALOGUE])
    if chance.random() < 0.3:
        life.say(charges.QuoteBlocked, charges=[refused])
    life.say(
        charges.QuoteMade,
        catalogue_version="2022-1",
        project_start=None,
        total_fen=100,
        mandatory_fen=100,
        lines=1,
    )
    if chance.random() < 0.3:
        finding = FindingCode.NO_PRICE_DOCUMENT
        life.say(charges.SupervisionItemOpened, finding=finding, item_code="W-1")
    if chance.random() < 0.3:
        life.say(charges.BillBlocked, charges=[refused])
    more = chance.choice((-7, 0, 12))
    life.say(
        charges.BillCompared,
        quoted_fen=100,
        billed_fen=100 + more,
        difference_fen=more,
        unquoted_lines=0,
    )


def urge_and_ask(life: Life) -> None:
    """Urge, ask; be asked for too much."""
    chance, by = life.random, {"answer_by": life.now}
    life.say(contacts.Urged, urge_id="u", **by)
    if chance.random() < 0.5:
        life.say(contacts.UrgeOverdue, urge_id="u")
    life.say(contacts.UrgeAnswered, urge_id="u", in_time=chance.random() < 0.5)
    life.say(contacts.QuestionAsked, question_id="q", **by)
    life.say(contacts.QuestionAnswered, question_id="q", in_time=chance.random() < 0.5)
    life.say(materials.ExtraMaterialAttempted, refused=2, materials=[], list_version="2022-1")


def assign_agents(life: Life) -> None:
    """Get an agent, too late perhaps, and another one; be advised."""
    if life.random.random() < 0.3:
        life.say(agents.AgentOverdue)
    for agent in ("a", "b"):
        life.say(agents.AgentAssigned, agent=agent, automatic=False)
    life.say(agents.AgentAuthorised, agent="b")
    life.say(agents.GuidanceGiven)


def enter_late(life: Life) -> None:
    """Enter so late that it needs an approver, who says yes or no."""
    act = {"entry_id": "e", "act": Act.COMPLETE_STAGE, "stage": Stage.CONTRACT, "claimed_at": life.now}
    life.say(ending.LateEntryRequested, **act, needs=ApprovalGround.VERY_LATE)
    if life.random.random() < 0.8:
        life.say(ending.LateEntryDecided, **act, approved=life.random.random() < 0.5)


ACTS = (file_permits, commit, charge, urge_and_ask, assign_agents, enter_late)
