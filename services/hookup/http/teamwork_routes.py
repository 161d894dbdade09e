"""Routes of how the staff work together on a case: notes, who works on it, watching."""

from uuid import UUID

from fastapi import APIRouter

from libs.casework.http.assignment import AssignmentRoles, add_assignment_commands, add_watch_commands
from libs.casework.http.notes import NotesView, add_note_commands, note_views
from libs.common.auth.callers import OFFICIALS, Role
from libs.common.http.actions import Chosen
from services.hookup.domain.case import Case
from services.hookup.domain.values.staff import CITY
from services.hookup.http.commands import HOOKUPS, Given, Parts, Staff
from services.hookup.http.people import names_of
from services.hookup.usecases.read_cases import one_case

router = APIRouter(prefix="/v1", tags=["报装"])

GROUP = "内部协作"
# Those whose cases they are: each may take one, and who answers for the work may hand it to another.
_ASSIGNERS = (Role.CLERK, Role.APPROVER)


def _people(at: Given, *units: str) -> Chosen:
    return [
        (subject, name or subject) for unit in units for subject, name in at.rules.staff.get(unit, {}).items()
    ]


def _assignable(case: Case, at: Given) -> Chosen:
    return _people(at, case.utility)


def _mentionable(case: Case, at: Given) -> Chosen:
    return _people(at, case.utility, CITY)


add_assignment_commands(
    HOOKUPS, router, "Hookup", AssignmentRoles(_ASSIGNERS, (*_ASSIGNERS, Role.AGENT)), GROUP, _assignable
)
add_note_commands(HOOKUPS, router, OFFICIALS, GROUP, _mentionable)
add_watch_commands(HOOKUPS, router, "Hookup", OFFICIALS, GROUP)


@router.get("/hookups/{case_id}/notes", operation_id="listNotes", summary="查看内部备注")
async def list_notes(case_id: UUID, caller: Staff, parts: Parts) -> NotesView:
    """List the internal notes of a case; what was retracted is readable for who supervises."""
    case = await one_case(parts.database, str(case_id), caller.scope)
    names = names_of(case, parts.rulebook.staff)
    return NotesView(items=note_views(case, caller, parts.clock.now(), names))
