"""A city at work: submits hookup cases and moves them on through the real API, as clerks, agents, users and
authorities would.

It knows the API only. Where a case stands is read from the API each time, so it can be stopped and started at any
moment. The dice are seeded, the city's time is passed in.
"""

from services.simulator.applications import application, joint_application
from services.simulator.city import WATCHER, Simulator
from services.simulator.hours import OPEN_HOURS, in_office_hours, office_minutes_later
from services.simulator.plan import next_step
from services.simulator.steps import Step, evidence_of, scan_of, with_evidence

__all__ = [
    "OPEN_HOURS",
    "WATCHER",
    "Simulator",
    "Step",
    "application",
    "evidence_of",
    "in_office_hours",
    "joint_application",
    "next_step",
    "office_minutes_later",
    "scan_of",
    "with_evidence",
]
