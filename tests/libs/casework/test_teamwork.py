"""Notes, mentions, watchers and assignment of a kind of case that is no hookup."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from libs.casework.domain.notes import CORRECTABLE, MOST_MENTIONS, MOST_NOTES
from libs.casework.domain.watchers import MOST_WATCHERS
from libs.common.rules import RuleError
from tests.libs.casework.complaint import Complaint, State, calendar

RULES = calendar()
NOW = datetime(2022, 7, 4, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Step = Callable[[Complaint], None]


def complaint(*steps: Step) -> Complaint:
    case = Complaint("complaint-1")
    for step in steps:
        step(case)
    return case


def write(
    text: str = "等待道路开挖许可",
    *mentions: str,
    by: str = "clerk-1",
    note_id: str = "n",
    at: datetime = NOW,
) -> Step:
    return lambda case: case.write_note(note_id, text, mentions, at, by, RULES)


def correct(text: str = "许可已到", by: str = "clerk-1", at: datetime = NOW) -> Step:
    return lambda case: case.correct_note("n", text, at, by)


def retract(by: str = "clerk-1", *, supervises: bool = False, reason: str = "写错了报装件") -> Step:
    return lambda case: case.retract_note("n", reason, NOW, by, supervises=supervises)


def assign(to: str) -> Step:
    return lambda case: case.assign_to(to, NOW, "clerk-1", RULES)


def watch(subject: str) -> Step:
    return lambda case: case.watch(subject)


def refused(case: Complaint, step: Step) -> str:
    """Return the code of a refusal, which changes nothing."""
    before = deepcopy(case)
    with pytest.raises(RuleError) as error:
        step(case)
    assert case == before
    return error.value.code


# -- notes


def test_an_event_tells_that_a_note_was_written_and_not_what_it_says() -> None:
    case = complaint(write("等待道路开挖许可", "clerk-2"), correct("许可已到"), retract())
    assert [(event.event, event.data) for event in case.pending_events] == [
        ("note_written", {"memo_id": "n", "mentions": ("clerk-2",)}),
        ("note_corrected", {"memo_id": "n"}),
        ("note_retracted", {"memo_id": "n"}),
    ]
    (note,) = case.notes
    assert (note.text, note.mentions, note.corrected_at) == ("许可已到", ("clerk-2",), NOW)
    assert note.retraction is not None
    assert (note.retraction.by, note.retraction.reason) == ("clerk-1", "写错了报装件")


@pytest.mark.parametrize(
    "number", ["13812345678", "1 3 8 1 2 3 4 5 6 7 8", "一三八一二三四五六七八", "37150219900307123X"]
)
def test_no_text_holds_a_number_of_a_person(number: str) -> None:
    text = f"用户电话{number}，下午联系"
    assert refused(complaint(), write(text)) == "personal-data-in-text"
    written = complaint(write())
    assert refused(written, correct(text)) == "personal-data-in-text"
    assert refused(written, retract(reason=text)) == "personal-data-in-text"


@pytest.mark.parametrize("text", [" ", "\n\t", "\u200b\u200b", "\u3164"])
def test_a_note_that_shows_nothing_is_refused(text: str) -> None:
    assert refused(complaint(), write(text)) == "note-empty"
    assert refused(complaint(write()), correct(text)) == "note-empty"


def test_the_author_corrects_within_a_quarter_of_an_hour() -> None:
    written = complaint(write())
    assert refused(written, correct(by="clerk-2")) == "note-not-correctable"
    assert refused(written, correct(at=NOW + CORRECTABLE + SECOND)) == "note-not-correctable"
    assert refused(complaint(write(), retract()), correct()) == "note-not-correctable"
    assert refused(complaint(), correct()) == "note-unknown"
    correct(at=NOW + CORRECTABLE)(written)
    assert written.notes[0].text == "许可已到"


def test_a_note_is_retracted_once_by_its_author_or_by_who_supervises() -> None:
    written = complaint(write())
    assert refused(written, retract("clerk-2")) == "note-not-retractable"
    retract("city-1", supervises=True)(written)
    for again in (retract(), retract("city-1", supervises=True)):
        assert refused(written, again) == "note-not-retractable"


def test_a_case_has_a_bounded_number_of_notes_and_a_note_of_mentions() -> None:
    case = complaint(*(write(note_id=str(number)) for number in range(MOST_NOTES)))
    assert refused(case, write()) == "notes-too-many"
    many = [f"clerk-{number}" for number in range(MOST_MENTIONS + 1)]
    assert refused(complaint(), write("请协助", *many)) == "mentions-too-many"


def test_notes_are_written_after_the_end() -> None:
    case = complaint()
    case.state = State.DONE
    write()(case)
    assert len(case.notes) == 1


# -- mentions and watchers


def test_somebody_from_elsewhere_is_not_mentioned() -> None:
    assert refused(complaint(), write("请协助", "clerk-2", "stranger")) == "mention-unknown"


def test_whom_a_note_mentions_watches_from_that_note_on() -> None:
    case = complaint(write("请协助", "clerk-2", "city-1", "clerk-2"))
    assert case.watchers == ["clerk-2", "city-1"]
    # The note is the first event that they see.
    assert case.watch_changes == {"clerk-2": 0, "city-1": 0}
    case.unwatch("clerk-2")
    assert (case.watchers, case.watch_changes["clerk-2"]) == (["city-1"], None)
    write("请再看一次", "clerk-2", "city-1", note_id="m")(case)
    assert (case.watchers, case.watch_changes["clerk-2"]) == (["city-1", "clerk-2"], 1)


def test_one_watches_once_and_ends_what_one_began() -> None:
    case = complaint(write(), watch("clerk-1"))
    assert case.watch_changes == {"clerk-1": 1}
    assert refused(case, watch("clerk-1")) == "watching-already"
    assert refused(case, lambda case: case.unwatch("clerk-2")) == "not-watching"


def test_a_case_has_a_bounded_number_of_watchers() -> None:
    case = complaint(*(watch(f"clerk-{number}") for number in range(10, 10 + MOST_WATCHERS)))
    assert refused(case, watch("clerk-1")) == "watchers-too-many"
    assert refused(case, write("请协助", "clerk-1")) == "watchers-too-many"


# -- assignment


def test_every_assignment_tells_from_whom_to_whom() -> None:
    case = complaint(
        lambda case: case.take(NOW, "clerk-1"),
        lambda case: case.assign_to("clerk-2", NOW + SECOND, "clerk-1", RULES),
        lambda case: case.unassign(NOW + 2 * SECOND),
    )
    assert [(event.event, *event.data.values()) for event in case.pending_events] == [
        ("assignee_changed", None, "clerk-1"),
        ("assignee_changed", "clerk-1", "clerk-2"),
        ("assignee_changed", "clerk-2", None),
    ]
    assert case.assignee is None
    assert refused(case, lambda case: case.unassign(NOW)) == "not-assigned"


def test_only_people_of_the_unit_are_assigned() -> None:
    for stranger in ("city-1", "stranger"):
        assert refused(complaint(), assign(stranger)) == "assignee-unknown"
    case = complaint(lambda case: case.take(NOW, "clerk-1"))
    assert case.assignment is not None
    assert (case.assignment.assignee, case.assignment.assigned_by) == ("clerk-1", "clerk-1")
    assert refused(case, lambda case: case.take(NOW, "clerk-1")) == "assigned-already"
    case.state = State.DONE
    assert refused(case, lambda case: case.take(NOW, "clerk-2")) == "not-in-this-state"
