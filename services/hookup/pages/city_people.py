"""The city's administrators by name: who drafts and approves what holds for all."""

from collections.abc import Mapping

from libs.casework.http.people import Named, PersonView, person_view, unit_name
from libs.common.auth.callers import ScopeKind
from libs.pages.sessions import Session
from libs.pages.site import PageContext
from services.hookup.http.staff_routes import StaffView

_ROLE = "管理员"


async def city_people(
    pages: PageContext, session: Session, *subjects: str | None
) -> Mapping[str, PersonView]:
    """Return who these accounts are: by the city's list of its people, else by unit and role."""
    listed = await pages.api.get("/v1/city/staff", session, StaffView)
    city = unit_name(ScopeKind.CITY)
    names = {member.subject: Named(member.name, city) for member in listed.staff if member.name}
    return {subject: person_view(subject, names.get, city, _ROLE) for subject in subjects if subject}
