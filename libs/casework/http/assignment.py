"""The HTTP API of assignment and watching: models, views, and the commands of a kind of case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from libs.casework.domain.assignment import Assignments
from libs.casework.domain.watchers import Watchers
from libs.casework.http.people import Names, PersonView, Subject, person_view
from libs.common.auth.callers import Role
from libs.common.http.actions import Chosen, Offer
from libs.common.http.command import Given
from libs.common.http.commands import Commands
from libs.common.http.labels import Label
from libs.common.http.views import View

A = TypeVar("A", bound=Assignments[Any, Any])
W = TypeVar("W", bound=Watchers[Any, Any])


class AssignCase(BaseModel):
    """Whom of the unit to assign."""

    model_config = ConfigDict(extra="forbid")

    assignee: Annotated[Subject, Label("承办人")]


class AssignmentView(View):
    """Who works on a case, since when, and who said so."""

    assignee: PersonView
    since: datetime
    assigned_by: PersonView


def assignment_view(case: Assignments[Any, Any], names: Names) -> AssignmentView | None:
    """Return the view of the present assignment of a case, None without one."""
    assignment = case.assignment
    if assignment is None:
        return None
    return AssignmentView(
        assignee=person_view(assignment.assignee, names),
        since=assignment.since,
        assigned_by=person_view(assignment.assigned_by, names),
    )


@dataclass(frozen=True, slots=True)
class AssignmentRoles:
    """The roles that may assign others, and those that may take a case themselves."""

    assigner: Sequence[Role]
    taker: Sequence[Role]


def add_assignment_commands(
    commands: Commands[A, Any, Any],
    router: APIRouter,
    noun: str,
    roles: AssignmentRoles,
    group: str,
    people: Callable[[A, Given[Any, Any]], Chosen],
) -> None:
    """Add the commands of assignment to a kind of case; the roles are held in units that the case is of.

    `people` gives the choices of assignees; `noun` is the end of the operation ids, `group` that of the offers.
    """
    edge = commands.store.aggregate.assignment_edge
    verb = partial(commands.verb, router)

    def others(case: A, at: Given[Any, Any]) -> Chosen:
        return [(subject, label) for subject, label in people(case, at) if subject != case.assignee]

    @verb(
        edge,
        "assignment",
        f"assign{noun}",
        "指派承办人",
        *roles.assigner,
        offer=Offer(
            group,
            when=lambda case, at: bool(others(case, at)),
            choices={"assignee": others},
            otherwise="本单位人员名单中没有其他人可以指派，请先在人员名单中登记",
        ),
    )
    def assign(case: A, body: AssignCase, at: Given[Any, Any]) -> None:
        """Assign one of the unit's staff, in place of who worked on it before."""
        case.assign_to(body.assignee, at.now, at.subject, at.rules)

    @verb(
        edge,
        "assignment/self",
        f"take{noun}",
        "由我承办",
        *roles.taker,
        offer=Offer(group, when=lambda case, at: case.assignee != at.subject, otherwise="此件已由您承办"),
    )
    def take(case: A, at: Given[Any, Any]) -> None:
        """Take the case oneself."""
        case.take(at.now, at.subject)

    @verb(
        edge,
        "assignment/removal",
        f"unassign{noun}",
        "取消承办人",
        *roles.assigner,
        offer=Offer(group, when=lambda case, _at: case.assignment is not None, otherwise="此件还没有承办人"),
    )
    def unassign(case: A, at: Given[Any, Any]) -> None:
        """End the assignment; the case goes back to all of the unit."""
        case.unassign(at.now)


def add_watch_commands(
    commands: Commands[W, Any, Any], router: APIRouter, noun: str, roles: Sequence[Role], group: str
) -> None:
    """Add the commands by which the staff watch a kind of case, each for oneself."""
    edge = commands.store.aggregate.watch_edge
    verb = partial(commands.verb, router)

    @verb(
        edge,
        "watch",
        f"watch{noun}",
        "关注",
        *roles,
        offer=Offer(group, when=lambda case, at: at.subject not in case.watchers, otherwise="您已关注此件"),
        conflicts=False,
    )
    def watch(case: W, at: Given[Any, Any]) -> None:
        """Have the case's changes from now on among one's updates."""
        case.watch(at.subject)

    @verb(
        edge,
        "watch/removal",
        f"unwatch{noun}",
        "取消关注",
        *roles,
        offer=Offer(group, when=lambda case, at: at.subject in case.watchers, otherwise="您没有关注此件"),
        conflicts=False,
    )
    def unwatch(case: W, at: Given[Any, Any]) -> None:
        """Have them no longer; a mention begins it anew."""
        case.unwatch(at.subject)
