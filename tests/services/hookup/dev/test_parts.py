"""What hookup offers for development is found, and is what its kind of part must be."""

from libs.development import parts
from services.hookup.dev import chaos, people, scenarios, seed, simulation

# The types are the promises: mypy compares each module with the protocol of its part.
OFFERED: tuple[parts.People, parts.Seed, parts.Simulation, parts.Scenarios, parts.Chaos] = (
    people,
    seed,
    simulation,
    scenarios,
    chaos,
)
KINDS = (parts.PEOPLE, parts.SEED, parts.SIMULATION, parts.SCENARIOS, parts.CHAOS)


def test_every_part_is_found() -> None:
    assert tuple(kind.of("hookup") for kind in KINDS) == OFFERED
    assert all("hookup" in dict(kind.all()) for kind in KINDS)


def test_a_service_without_parts_has_none() -> None:
    assert [kind.of("metrics") for kind in KINDS] == [None] * len(KINDS)
