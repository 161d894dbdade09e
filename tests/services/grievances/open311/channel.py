"""A channel that speaks Open311, as tests let it ask."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import func, select

from libs.common.auth.callers import ScopeKind
from services.grievances.storage.tables import grievance
from tests.services.grievances.people import desk
from tests.support.service import Running

V2 = "/open311/v2"
SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
FORM: dict[str, str] = {
    "service_code": "SUPPLY-NONE",
    "lat": "36.456702",
    "long": "115.985412",
    "address_string": "古楼街道某小区3号楼",
    "description": "小区昨天起停水，请打我电话 13800138000",
    "first_name": "小梅",
    "last_name": "李",
    "phone": "13800138000",
    "email": "li@example.com",
    "device_id": "tt222111",
    "media_url": "http://example.com/a.jpg",
    "attribute[district]": "371502",
    "attribute[supply]": "WATER",
}
OWN_WORDS = ("13800138000", "小梅", "某小区", "36.4567", "115.98", "li@example.com", "tt222111", "停水，请")


class Channel:
    """One channel: its key goes where GeoReport has it, or into the header."""

    def __init__(self, grievances: Running, code: str = "ISHANDONG") -> None:
        self.key = grievances.token(
            grievances.caller("channel", ScopeKind.CHANNEL, code, subject=f"m-{code}")
        )
        self.http = grievances.stranger().http

    async def get(self, path: str, expected: int = 200, /, **query: Any) -> httpx.Response:
        """Read an address, with the key in the header."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = await self.http.get(f"{V2}/{path}", params=query, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer

    async def post(
        self, path: str, form: dict[str, str], expected: int = 200, *, key: str = ""
    ) -> httpx.Response:
        """Post a form with the channel's key in it; `key` is an Idempotency-Key."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = await self.http.post(f"{V2}/{path}", data={"api_key": self.key, **form}, headers=headers)
        assert answer.status_code == expected, answer.text
        return answer

    async def told(self, **other: str) -> str:
        """Send a request; return its id."""
        (created,) = (await self.post("requests.json", FORM | other)).json()
        return str(created["service_request_id"])


def codes(answer: httpx.Response) -> list[str]:
    """Return the stable codes of an answer with errors, in either format."""
    if answer.headers["content-type"].startswith("text/xml"):
        texts = [str(each.text) for each in ET.fromstring(answer.content).iter("description")]
    else:
        texts = [fault["description"] for fault in answer.json()]
    return [text.rpartition("[")[2].removesuffix("]") for text in texts]


async def path_of(grievances: Running, number: str) -> str:
    """Return the path of the grievance that a request became."""
    listed = (await desk(grievances).get("/grievances", number=number)).body["items"]
    return f"/grievances/{listed[0]['id']}"


async def count(grievances: Running) -> int:
    """Return how many grievances there are."""
    async with grievances.service.database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(grievance)) or 0)
