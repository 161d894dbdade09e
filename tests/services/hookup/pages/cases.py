"""A case as the hookup API tells it, for tests of what is drawn from it."""

from datetime import datetime
from typing import Any

import msgspec

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.http.views import encoded
from services.hookup.http.models import CaseView
from services.hookup.http.views import case_view
from tests.services.hookup.domain.samples import at
from tests.support.hookup import RULES, submitted_case

CITY = Caller("u-city", frozenset({"supervisor"}), Scope(ScopeKind.CITY))


def stage(code: str, name: str, start: str, end: str | None) -> dict[str, Any]:
    """Return a stage of a case."""
    return {
        "stage": code,
        "name": name,
        "public_step": None,
        "started_at": at(start),
        "start_recorded_at": None,
        "completed_at": end and at(end),
        "completion_recorded_at": None,
        "elapsed_minutes": None,
        "working_minutes": None,
    }


def pause(start: datetime, end: datetime, state: str = "APPROVED") -> dict[str, Any]:
    """Return a pause of a case."""
    return {
        "id": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d12",
        "reason": "FORCE_MAJEURE",
        "name": "不可抗力",
        "state": state,
        "starts_at": start,
        "ended_at": end,
        "days": 1,
        "evidence_ref": "E-1",
        "asked_by": "a",
        "decided_by": "b",
    }


def case(**changes: Any) -> CaseView:
    """Return a finished case of three stages, the second and the third side by side."""
    plain = submitted_case("2022-10-08 09:00", declared_dm=1200)
    due = at("2022-10-17 17:30")
    view = msgspec.json.decode(encoded(case_view(plain, RULES, at("2022-10-20 12:00"), CITY)))
    facts: dict[str, Any] = {
        "state": "CLOSED",
        "due_at": due,
        "finished_at": at("2022-10-14 16:00"),
        "on_time": True,
        "due": {
            "judged_at": due,
            "working": at("2022-10-21 17:30"),
            "calendar_roll": due,
            "calendar_strict": due,
            "basis": "LIMIT",
            "judged": "calendar_roll",
            "provisional": False,
            "policy_version": "2022-49",
        },
        "stages": [
            stage("ACCEPT", "报装受理", "2022-10-08 09:00", "2022-10-08 10:00"),
            stage("SURVEY_DESIGN", "勘查设计", "2022-10-08 10:00", "2022-10-11 12:00"),
            stage("CONTRACT", "签订合同", "2022-10-11 09:00", "2022-10-12 10:00"),
        ],
        "gaps": [],
        "overlaps": [
            {
                "first": "SURVEY_DESIGN",
                "second": "CONTRACT",
                "from": at("2022-10-11 09:00"),
                "to": at("2022-10-11 12:00"),
                "minutes": 180,
                "allowed": True,
            }
        ],
    }
    return CaseView.model_validate({**view, **facts, **changes})
