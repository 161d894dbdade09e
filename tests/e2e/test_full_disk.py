"""A full disk on a laptop: what was accepted is kept, what cannot be is refused, and afterwards all flows on."""

import resource
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.running_city import RunningCity, laptop_city, until

APPLICATION = {
    "supply": "WATER",
    "district": "371502",
    "utility": "W-371502",
    "channel": "HALL",
    "customer_ref": "C-000318",
    "customer_category": "ENT",
    "site_division": "371502008000",
    "declared_length_m": "42.0",
    "not_duplicate": True,
}


def submit(city: RunningCity) -> Any:
    return city.post("/v1/hookups", json=APPLICATION)


def open_cases(city: RunningCity, count: int) -> None:
    until(
        f"{count} open cases",
        lambda: city.get("metrics", "/v1/board/hookup")["panels"]["live"][0]["figures"]["open"] == count,
    )


def test_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing(tmp_path: Path) -> None:
    with laptop_city(tmp_path) as city:
        kept = submit(city)
        open_cases(city, 1)

        def most_bytes_of_a_file(count: int) -> None:
            for process in city.process_ids():
                resource.prlimit(process, resource.RLIMIT_FSIZE, (count, resource.RLIM_INFINITY))

        # Every file of the city is longer by now: no database, no log, nothing can be written.
        most_bytes_of_a_file(1)
        for _ in range(5):
            with pytest.raises(AssertionError, match='"status":503'):
                submit(city)
        case = city.get("hookup", f"/v1/hookups/{kept['id']}")
        assert (case["id"], case["state"]) == (kept["id"], "ACCEPTED")
        assert httpx.get(f"{city.console_url}/livez").is_success

        most_bytes_of_a_file(resource.RLIM_INFINITY)
        later = submit(city)
        assert later["number"] != kept["number"]
        open_cases(city, 2)
        signed = {"document_ref": "QZ-1"}
        city.post(f"/v1/hookups/{kept['id']}/withdrawal", version=kept["version"], json=signed)
        open_cases(city, 1)
