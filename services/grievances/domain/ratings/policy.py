"""One version of the rules of ratings (好差评): terms, the sample, and the bounds of the signals. Pure values."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many within so long are too many."""

    count: int
    span: timedelta


@dataclass(frozen=True, slots=True)
class RatingPolicy:
    """Terms in working days; `bad_to` is the worst-to-best bound of bad grades, `good_from` of good ones."""

    version: str = "default"
    source: str = ""
    rate_workdays: int = 5
    change_hours: int = 24
    call_workdays: int = 1
    rectify_workdays: int = 5
    appeal_workdays: int = 3
    sample_call_workdays: int = 5
    call_attempts: int = 3
    call_days: int = 2
    bad_to: int = 2
    good_from: int = 3
    # Of a thousand ratings so many are called back, by `seed`: who has both can name them.
    sample_permille: int = 50
    seed: str = ""
    # After a grade is given it is looked at with those around it.
    look_minutes: int = 60
    instant_seconds: int = 30
    device: Crowd = field(default=Crowd(3, timedelta(hours=24)))
    network: Crowd = field(default=Crowd(20, timedelta(hours=24)))
    burst: Crowd = field(default=Crowd(20, timedelta(minutes=10)))
    equal: Crowd = field(default=Crowd(30, timedelta(days=30)))
    bulk: Crowd = field(default=Crowd(20, timedelta(minutes=10)))
    # By the utility's code the networks from which its staff work; "" those of the halls and authorities.
    staff_networks: Mapping[str, Sequence[IPv4Network | IPv6Network]] = field(default_factory=dict)

    def is_bad(self, grade: int) -> bool:
        """Tell whether a grade is bad (不满意, 非常不满意)."""
        return grade <= self.bad_to

    def is_sampled(self, rating_id: str) -> bool:
        """Tell whether a rating is in the sample that is called back: by its id and the seed alone."""
        digest = hashlib.sha256(f"{self.seed}:{rating_id}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % 1000 < self.sample_permille

    def is_of_staff(self, address: str, utility: str | None) -> bool:
        """Tell whether an address is in a network of the rated utility's staff, or of halls and authorities."""
        try:
            sender = ip_address(address)
        except ValueError:
            return False
        networks = [*self.staff_networks.get("", ()), *self.staff_networks.get(utility or "", ())]
        return any(sender in network for network in networks)
