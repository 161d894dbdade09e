"""A city of real services, driven through their APIs, and what is asked of each page."""

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.async_api import Page

from libs.common.clock import SHANGHAI, ManualClock
from libs.development.machines import CUSTOMER
from services.console import bootstrap
from services.dev import Laptop, serving
from services.hookup.dev.people import WATCHER, machine
from tests.support.waiting import until

AXE = bootstrap.HERE / "static" / "vendor" / "axe.min.js"


@dataclass
class City:
    """The services of a laptop, and the API as the simulator's machines use it, at any time of the city."""

    laptop: Laptop
    clock: ManualClock
    api: httpx.AsyncClient
    metrics: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start_metrics(self) -> None:
        """Serve the figures."""
        only = replace(self.laptop, apps={"metrics": self.laptop.apps["metrics"]})
        await self.metrics.enter_async_context(serving(only))

    async def stop_metrics(self) -> None:
        """Serve the figures no more."""
        await self.metrics.aclose()

    def at(self, text: str) -> None:
        """Move the city's clock to an instant on its wall, as 2022-10-08 09:00."""
        self.clock.instant = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)

    async def post(self, role: str, path: str, body: Mapping[str, Any], version: int | None = None) -> Any:
        """Send a command as a machine of the simulator."""
        token = self.laptop.issuer.issue(machine(role))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = await self.api.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def submit(self, when: str, **changes: Any) -> Any:
        """Submit a water case of 120 m, or with changes."""
        self.at(when)
        district = changes.get("district", "371502")
        return await self.post(
            "channel",
            "/v1/hookups",
            {
                "supply": "WATER",
                "district": district,
                "utility": "W-371502",
                "channel": "ISHANDONG",
                "customer_ref": CUSTOMER.upper(),
                "customer_category": "ENT",
                "site_division": f"{district}001000",
                "declared_length_m": "120.0",
                "not_duplicate": True,
                **changes,
            },
        )

    async def move(
        self, case: Any, when: str, verb: str, body: Mapping[str, Any] | None = None, role: str = ""
    ) -> Any:
        """Do something to a case at an instant; return the changed case."""
        self.at(when)
        send = partial(
            self.post, role or f"clerk-{case['utility']}", f"/v1/hookups/{case['id']}/{verb}", body or {}
        )
        return await self._changed(case, send)

    async def decide(self, case: Any) -> None:
        """Grant every item of a case, each as a machine of its authority."""
        for item in case["permits"]:
            headers = {"Authorization": f"Bearer {self.laptop.issuer.issue(machine(item['authority']))}"}
            seen = await self.api.get(f"/v1/permits/{item['id']}", headers=headers)
            decision = {"decision": "GRANTED", "document_ref": "OBJ-318"}
            path = f"/v1/permits/{item['id']}/decision"
            await self.post(item["authority"], path, decision, seen.json()["version"])

    async def attach(self, case: Any) -> Any:
        """Upload a file of evidence as a machine of the utility; return the changed case."""

        async def send(version: int) -> Any:
            token = self.laptop.issuer.issue(machine(f"clerk-{case['utility']}"))
            answer = await self.api.post(
                f"/v1/hookups/{case['id']}/evidence",
                files={"file": ("stop.pdf", b"%PDF-1.7\n%%EOF\n")},
                headers={
                    "Authorization": f"Bearer {token}",
                    "Idempotency-Key": str(uuid4()),
                    "If-Match": f'"{version}"',
                },
            )
            assert answer.is_success, answer.text
            return answer.json()

        return await self._changed(case, send)

    async def _changed(self, case: Any, send: Callable[[int], Awaitable[Any]]) -> Any:
        """Send a command about a case; send it again where a timer came first, as a client does."""
        try:
            return await send(case["version"])
        except AssertionError:
            now = await self.read(case)
            if now["version"] == case["version"]:
                raise
            return await send(now["version"])

    async def read(self, case: Any) -> Any:
        """Return a case as it is now."""
        headers = {"Authorization": f"Bearer {self.laptop.issuer.issue(machine(WATCHER))}"}
        answer = await self.api.get(f"/v1/hookups/{case['id']}", headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    async def is_moved(self, case: Any) -> bool:
        """Whether the timers have done anything to a case since this was read."""
        return bool((await self.read(case))["version"] > case["version"])

    async def whole_case(self) -> Any:
        """Take one case through everything that a timeline shows; return it closed."""
        case = await self.submit("2022-09-26 09:00")
        case = await self.move(case, "2022-09-26 10:00", "stages/SURVEY_DESIGN/start")
        case = await self.move(case, "2022-09-26 15:00", "lengths", {"kind": "DESIGNED", "length_m": "132.5"})
        case = await self.move(case, "2022-09-27 09:00", "stages/CONTRACT/start")
        case = await self.move(case, "2022-09-27 16:00", "stages/SURVEY_DESIGN/completion")
        case = await self.move(case, "2022-09-28 11:00", "stages/CONTRACT/completion")
        case = await self.move(case, "2022-10-08 09:00", "stages/PERMIT/start")
        self.at("2022-10-09 09:00")
        case = await self.attach(case)
        pause = {"reason": "EMERGENCY_STOP", "evidence_ref": case["materials"][-1]["id"]}
        case = await self.move(case, "2022-10-09 09:00", "pauses", pause)
        approval = f"pauses/{case['pauses'][0]['id']}/approval"
        case = await self.move(case, "2022-10-09 10:00", approval, role=f"approver-{case['utility']}")
        case = await self.move(case, "2022-10-11 14:00", f"pauses/{case['pauses'][0]['id']}/end")
        reason = {"reason": "COVERED_BY_OTHER_PERMIT", "document_ref": "SM-2022-000318"}
        case = await self.move(case, "2022-10-11 15:00", "no-permit", reason)
        case = await self.move(case, "2022-10-11 15:00", "stages/EXTERNAL_WORKS/start")
        case = await self.move(case, "2022-10-12 11:00", "stages/PERMIT/completion")
        case = await self.move(case, "2022-10-14 16:00", "stages/EXTERNAL_WORKS/completion")
        built = {"kind": "AS_BUILT", "length_m": "130.0"}
        case = await self.move(case, "2022-10-14 16:30", "lengths", built)
        case = await self.move(case, "2022-10-17 09:00", "stages/TURN_ON/start")
        case = await self.move(case, "2022-10-17 15:00", "meter-live")
        return await self.move(case, "2022-10-17 16:00", "confirmation", role="channel")

    async def short_case(self, day: str) -> Any:
        """Take a case without an external line from submission to confirmation in one day; return it closed."""
        case = await self.submit(f"{day} 08:40", declared_length_m="0")
        case = await self.move(case, f"{day} 09:00", "stages/SURVEY_DESIGN/start")
        case = await self.move(case, f"{day} 10:00", "lengths", {"kind": "DESIGNED", "length_m": "0"})
        case = await self.move(case, f"{day} 10:00", "stages/SURVEY_DESIGN/completion")
        case = await self.move(case, f"{day} 10:00", "stages/CONTRACT/start")
        case = await self.move(case, f"{day} 11:00", "stages/CONTRACT/completion")
        case = await self.move(case, f"{day} 14:00", "stages/TURN_ON/start")
        case = await self.move(case, f"{day} 15:00", "meter-live")
        return await self.move(case, f"{day} 16:00", "confirmation", role="channel")


async def faults(page: Page) -> list[str]:
    """Return what axe-core finds wrong with a page, best practices included."""
    # Through the debugger, since the page's own policy admits no script that is not served.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found = await page.evaluate("axe.run({resultTypes: ['violations'], preload: false})")
    return [f"{each['id']}: {node['html'][:160]}" for each in found["violations"] for node in each["nodes"]]


async def fits(page: Page, width: int) -> bool:
    """Tell whether a page is no wider than its window."""
    return int(await page.evaluate("document.documentElement.scrollWidth")) <= width


async def take_picture(page: Page, name: str) -> None:
    """Take pictures at 1280 and 390 pixels where PICTURES names a folder; no page may be wider than its window."""
    for width in (390, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        # A chart takes a moment to follow its window. The page's policy lets no script wait in it.
        await until(f"{name} fits into {width} pixels", partial(fits, page, width))
        if folder := os.environ.get("PICTURES"):
            await page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
