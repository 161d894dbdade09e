"""The events that the hookup service promises. `contracts/events` is generated from these models.

Every event carries the case's place and kind, so that a listener can count it without asking. Instants are UTC,
lengths whole decimetres, durations whole minutes. There is no personal data in them.
"""

from libs.common.events import EventPayload
from services.hookup.events.agents import AGENT_EVENTS
from services.hookup.events.application import APPLICATION_EVENTS
from services.hookup.events.base import HookupEvent
from services.hookup.events.charges import CHARGE_EVENTS
from services.hookup.events.clock import CLOCK_EVENTS
from services.hookup.events.contacts import CONTACT_EVENTS
from services.hookup.events.ending import ENDING_EVENTS
from services.hookup.events.materials import MATERIAL_EVENTS
from services.hookup.events.permits import PERMIT_EVENTS
from services.hookup.events.rules import RULE_EVENTS
from services.hookup.events.stages import STAGE_EVENTS
from services.hookup.events.teamwork import TEAMWORK_EVENTS

CASE_EVENTS: tuple[type[HookupEvent], ...] = (
    *APPLICATION_EVENTS,
    *STAGE_EVENTS,
    *CLOCK_EVENTS,
    *ENDING_EVENTS,
    *AGENT_EVENTS,
    *PERMIT_EVENTS,
    *CONTACT_EVENTS,
    *MATERIAL_EVENTS,
    *CHARGE_EVENTS,
    *TEAMWORK_EVENTS,
)
PUBLISHED: tuple[type[EventPayload], ...] = (*CASE_EVENTS, *RULE_EVENTS)
