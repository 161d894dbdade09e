"""How many bindings and authorisations there may be, and how long an authorisation lasts, by a policy. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandingLimits:
    """One version of the limits: who is shown an account, who acts for how many, and what a transfer has to end.

    Of bindings and authorisations those that hold count.
    """

    version: str = "default"
    source: str = ""
    bindings_of_citizen: int = 20
    bindings_of_account: int = 20
    authorisations_of_customer: int = 20
    authorisations_of_agent: int = 100
    guardian_days: int = 18 * 366
    agent_days: int = 3 * 366
