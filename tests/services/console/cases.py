"""A case as the hookup API tells it, for tests of what is drawn from it."""

from datetime import datetime
from typing import Any

import msgspec

from libs.common.clock import SHANGHAI
from services.console.readers.hookup import Case


def at(text: str) -> datetime:
    """Return an instant from the city's clock, as 2022-10-08 09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def stage(code: str, name: str, start: str, end: str | None) -> dict[str, Any]:
    return {
        "stage": code,
        "name": name,
        "started_at": at(start),
        "completed_at": end and at(end),
        "elapsed_minutes": None,
        "working_minutes": None,
    }


def case(**changes: Any) -> Case:
    """Return a finished case of three stages, the second and the third side by side."""
    due = at("2022-10-17 17:30")
    facts: dict[str, Any] = {
        "id": "01920f0c-7a55-7c6e-b7f4-3d1f0a2f9d11",
        "number": "W-371502-20221008-0001",
        "state": "CLOSED",
        "supply": "WATER",
        "district": "371502",
        "utility": "W-371502",
        "channel": "ISHANDONG",
        "customer_category": "ENT",
        "length_m": "120.0",
        "length_class": "L2_LE200",
        "open_stages": [],
        "submitted_at": at("2022-10-08 09:00"),
        "accepted_at": at("2022-10-08 09:00"),
        "due_at": due,
        "finished_at": at("2022-10-14 16:00"),
        "overdue": False,
        "on_time": True,
        "special": False,
        "paused": False,
        "as_of": at("2022-10-20 12:00"),
        "version": 7,
        "site_division": "371502008000",
        "receipt_date": "2022-10-08",
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
        "agreed_date": None,
        "on_time_readings": {"judged": True, "working": True, "calendar_roll": True, "calendar_strict": True},
        "length": {"declared_m": "120.0", "designed_m": "120.0", "as_built_m": None},
        "length_changes": [],
        "stages": [
            stage("ACCEPT", "报装受理", "2022-10-08 09:00", "2022-10-08 10:00"),
            stage("SURVEY_DESIGN", "勘查设计", "2022-10-08 10:00", "2022-10-11 12:00"),
            stage("CONTRACT", "签订合同", "2022-10-11 09:00", "2022-10-12 10:00"),
        ],
        "pauses": [],
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
        "violations": [],
        "time_sheet": {
            "elapsed": 0,
            "net": 0,
            "working": 0,
            "net_working": 0,
            "stages": 0,
            "pauses": 0,
            "gaps": 0,
            "overlap_saving": 0,
        },
        "special_case": None,
        "correction_items": None,
        "meter_live_at": None,
        "confirmed_by_user": True,
        "refusal_code": None,
    }
    return msgspec.convert({**facts, **changes}, Case)
