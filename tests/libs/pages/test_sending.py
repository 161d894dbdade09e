"""Which form stands first for a user, and which are in which group."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.http.actions import Action, Due
from libs.pages.forms import command_forms
from libs.pages.sending import groups, next_first
from tests.libs.pages.test_entered import action
from tests.support.pages import session

NOON = datetime(2022, 10, 8, 4, tzinfo=UTC)


def due(operation_id: str, whose: str, hours: int | None) -> Action:
    """Return an action that does work of a list, due so many hours after noon."""
    at = None if hours is None else NOON + timedelta(hours=hours)
    work = Due(name="待办", whose=whose, due_at=at, overdue=False, remaining_minutes=60, light="GREEN")
    return action(operation=operation_id).model_copy(update={"due": work})


@pytest.mark.parametrize(
    ("roles", "first"),
    [
        # One's own work goes before others', the most urgent of it first, what has no date last.
        ({"clerk"}, "soon"),
        ({"agent"}, "help"),
        ({"clerk", "agent"}, "soon"),
        ({"supervisor"}, "user"),
    ],
)
def test_the_most_urgent_of_ones_own_work_stands_first(roles: set[str], first: str) -> None:
    forms = command_forms(
        [
            action(operation="free"),
            due("undated", "clerk", None),
            due("later", "clerk", 9),
            due("soon", "clerk", 3),
            due("help", "agent", 5),
            due("user", "applicant", 1),
        ]
    )
    form, others = next_first(forms, session(roles=frozenset(roles)))
    assert form is not None
    assert form.operation_id == first
    assert [other.operation_id for other in others] == [
        other.operation_id for other in forms if other.operation_id != first
    ]


def test_where_nothing_is_due_nothing_stands_first() -> None:
    forms = command_forms([action(operation="b"), action(operation="a")])
    assert next_first(forms, session()) == (None, forms)


def test_of_the_same_urgency_the_first_that_is_offered_stands_first() -> None:
    forms = command_forms([due("b", "clerk", 3), due("a", "clerk", 3)])
    form, _ = next_first(forms, session(roles=frozenset({"clerk"})))
    assert form is forms[0]


def test_forms_stand_in_their_groups_and_these_in_their_order() -> None:
    forms = command_forms(
        [
            action(operation=name).model_copy(update={"group": group})
            for name, group in (("a", "时限"), ("d", "新的一组"), ("b", "受理与环节"), ("c", "时限"))
        ]
    )
    grouped = groups(forms, ("受理与环节", "收费", "时限"))
    assert [(name, [form.operation_id for form in listed]) for name, listed in grouped] == [
        ("受理与环节", ["b"]),
        ("时限", ["a", "c"]),
        # A group that no page knows of is there all the same.
        ("新的一组", ["d"]),
    ]
