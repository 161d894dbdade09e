"""The walk-through of one case runs as it is written, against the services of a laptop."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx

from libs.common.clock import SHANGHAI, ManualClock
from services.dev import compose

WALK = Path(__file__).parents[1] / "examples" / "one-case.http"
FIRST_PORT = 8600
_PLACE = re.compile(r"\{\{(.+?)\}\}")
_KEY = re.compile(r"\w+")


@dataclass(frozen=True)
class Request:
    """One request of the file: its title, the name of its answer, and what is sent."""

    title: str
    name: str
    method: str
    address: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> str:
        """The media type of the body."""
        return self.headers.get("Content-Type", "")

    @property
    def status(self) -> int:
        """The status that the title tells of; a success where it tells of none."""
        told = re.search(r"→ (\d{3})$", self.title)
        return int(told[1]) if told else 200


def requests_of(text: str) -> Iterator[Request]:
    """Read a file as editors do."""
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n\n")
        title, name, line, *headers = head.splitlines()
        method, address = line.split()
        pairs = dict(header.split(": ", 1) for header in headers)
        yield Request(title, name.removeprefix("# @name "), method, address, pairs, body.strip())


def filler(text: str, answers: dict[str, httpx.Response], secret: str) -> Callable[[str], str]:
    """Return what fills the places of a text in: variables of the file, and parts of earlier answers."""
    variables = dict(re.findall(r"^@(\w+) = (.+)$", text, re.MULTILINE)) | {"secret": secret}

    def value(place: str) -> str:
        if place == "$guid":
            return str(uuid4())
        if place in variables:
            return fill(variables[place])
        name, _, part = place.partition(".response.")
        if part.startswith("headers."):
            return answers[name].headers[part.removeprefix("headers.")]
        found = answers[name].json()
        for key in _KEY.findall(part.removeprefix("body.$")):
            found = found[int(key) if key.isdecimal() else key]
        return str(found)

    def fill(content: str) -> str:
        return _PLACE.sub(lambda match: value(match[1]), content)

    return fill


async def test_one_case_runs_as_it_is_written(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2023, 1, 9, 10, tzinfo=SHANGHAI).astimezone(UTC))
    laptop = compose(tmp_path, FIRST_PORT, clock)
    text = WALK.read_text()
    answers: dict[str, httpx.Response] = {}
    fill = filler(text, answers, laptop.issuer.secret_file.read_text())
    mounts = {laptop.url(name): httpx.ASGITransport(laptop.apps[name]) for name in ("hookup", "issuer")}
    try:
        await laptop.services["hookup"].migrate()
        async with httpx.AsyncClient(mounts=mounts) as http:
            for each in requests_of(text):
                if each.title.startswith("Three working days later"):
                    clock.instant += timedelta(days=3)
                answer = await http.request(
                    each.method,
                    fill(each.address),
                    headers={name: fill(content) for name, content in each.headers.items()},
                    # Lines of a form with files end as in mail: editors see to that.
                    content=fill(each.body).replace("\n", "\r\n" if "multipart" in each.form else "\n")
                    or None,
                )
                answers[each.name] = answer
                allowed = {200, 201} if each.status == 200 else {each.status}
                assert answer.status_code in allowed, f"{each.title}: {answer.text}"
    finally:
        await laptop.close()
    events = {each["event"] for each in answers["history"].json()["items"]}
    assert events >= {
        "agent_assigned",
        "agent_authorised",
        "quote_blocked",
        "quote_made",
        "permits_filed",
        "permit_decided",
        "permit_objected",
        "commitment_signed",
        "commitment_checked",
        "excavation_begun",
        "urge_answered",
        "bill_compared",
        "case_rated",
        "late_entry_requested",
        "late_entry_decided",
        "meter_live_disputed",
    }
    assert answers["late"].json()["code"] == "late-entry-needs-approval"
    assert answers["unsigned"].json()["code"] == "stead-document-missing"
    assert answers["disputed_still"].json()["code"] == "confirmation-after-dispute"
    assert answers["live"].json()["meter_live_at"] == answers["testing"].json()["as_of"]
    rated = answers["rated"].json()
    assert [each["mark"] for each in rated["marked_entries"]] == ["APPROVED"]
    assert "QR-000318" in {each["document_ref"] for each in rated["in_stead"]}
    assert len(rated["disputes"]) == 1
    assert answers["rated"].json()["quote"]["comparison"]["difference_fen"] == 0
    assert answers["due"].json()["items"][0]["commitment"]["state"] == "DECIDED"
