"""What the city's users apply for."""

import random
from typing import Any

from libs.common.places import Geography, Supply, Utility

# The old town applies most, the zones least.
_WEIGHTS = {"371502": 5, "371571": 2, "371572": 2, "371573": 1}
CHANNEL = "ISHANDONG"
COMPLETE = 0.85


def application(dice: random.Random, places: Geography) -> dict[str, Any]:
    """Throw the dice for one application somewhere in the city."""
    utility = _somewhere(dice, places.utilities())
    metres = dice.choices(
        [None, 0.0, dice.uniform(1, 50), dice.uniform(50.1, 200), dice.uniform(201, 600)], [8, 30, 34, 22, 6]
    )[0]
    return {
        "supply": utility.service,
        "utility": utility.code,
        "declared_length_m": None if metres is None else f"{metres:.1f}",
        "complete": dice.random() < COMPLETE,
        **_whose(dice, utility, places),
    }


def joint_application(dice: random.Random, places: Geography) -> dict[str, Any]:
    """Throw the dice for one form for water and gas: new premises beside the street that has both."""
    water = _somewhere(dice, places.utilities(Supply.WATER))
    (gas,) = places.utilities(Supply.GAS, water.district)
    metres = f"{dice.uniform(10, 180):.1f}"
    return {
        "complete": True,
        "services": [
            {"supply": utility.service, "utility": utility.code, "declared_length_m": metres}
            for utility in (water, gas)
        ],
        **_whose(dice, water, places),
    }


def _somewhere(dice: random.Random, utilities: tuple[Utility, ...]) -> Utility:
    return dice.choices(utilities, [_WEIGHTS.get(utility.district, 3) for utility in utilities])[0]


def _whose(dice: random.Random, utility: Utility, places: Geography) -> dict[str, Any]:
    division = places.division(utility.district)
    return {
        "district": utility.district,
        "channel": CHANNEL,
        "customer_ref": f"C-{dice.randrange(10**6):06d}",
        "customer_category": dice.choices(["ENT", "IND", "RES", "PUB"], [35, 30, 28, 7])[0],
        "site_division": f"{division.stat_parent or division.code}001000",
    }
