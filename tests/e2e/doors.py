"""The doors by which personal data rightly comes in: the registry, cases, ledgers, sign-in and pages."""

import asyncio
import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx

from libs.common.auth.callers import Caller
from services.registry.dev import providers
from tests.e2e.marks import Kind
from tests.e2e.outside import APP, CLERK, PARTICULARS, STRANGERS, Outside, citizen
from tests.services.hookup.ledger.office_files import HEADINGS, values
from tests.services.registry.imports import ledgers
from tests.support.page_forms import Visitor

_THINGS = {
    "customers": "customer_id",
    "accounts": "account_id",
    "requests": "request_id",
    "cases": "case_id",
    "grievances": "grievance_id",
}
PDF = b"%PDF-1.7\n%%EOF\n"
READ_IN_SECONDS = 300.0
SERVICES = ("registry", "hookup", "grievances", "metrics")
"""Services with an API."""
ENDLESS = "/stream"
"""How the address of an answer ends that never does."""
Document = Mapping[str, Any]


@dataclass
class Doors:
    """What is sent, and the ids of what it made."""

    city: Outside
    ids: dict[str, str] = field(default_factory=dict)
    customer: str = ""

    async def send(
        self, service: str, caller: Caller, method: str, path: str, *, version: str = "", **content: Any
    ) -> httpx.Response:
        """Send a request to an API under a new key; hear its answer."""
        headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": version} if version else {})
        headers |= content.pop("headers", {})
        answer = await self.city.client(service, caller).request(method, path, headers=headers, **content)
        self.city.hear(answer)
        return answer

    async def done(self, service: str, caller: Caller, path: str, **content: Any) -> dict[str, Any]:
        """Send a command that is right, on the version that is there."""
        if thing := re.match(r"/v1/[a-z-]+/[0-9a-f-]{36}(?=/)", path):
            seen = await self.send(service, caller, "GET", thing[0])
            content["version"] = seen.headers.get("etag", "")
        answer = await self.send(service, caller, "POST", path, **content)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    def mark(self, kind: Kind, door: str) -> str:
        """Return a mark for a door."""
        return self.city.marks.new(kind, door)

    def person(self, door: str) -> dict[str, Any]:
        """Describe a person by marks."""
        kinds = {
            "name": Kind.NAME,
            "identifier": Kind.RESIDENT_ID,
            "mobile": Kind.MOBILE,
            "landline": Kind.LANDLINE,
        }
        marks = {name: self.mark(kind, PARTICULARS + door) for name, kind in kinds.items()}
        return {"kind": "PERSON", **marks}

    def account(self, door: str) -> dict[str, Any]:
        """Describe a person's account by marks."""
        return {
            "customer": self.person(door),
            "use": "RESIDENTIAL",
            "price_class": "RESIDENT",
            "number": self.mark(Kind.NUMBER, PARTICULARS + door),
            "address": self.mark(Kind.ADDRESS, PARTICULARS + door),
        }

    # -- what is right

    async def registered(self) -> None:
        """Open, change, look for, reveal, copy; requests on accounts, in every one of their texts."""
        described = self.account("openAccount")
        made = await self.done("registry", CLERK, "/v1/accounts", json=described)
        account = (await self.send("registry", CLERK, "GET", f"/v1/accounts/{made['id']}")).json()
        self.customer, own = account["customer_id"], f"/v1/customers/{account['customer_id']}"
        self.ids |= {"account_id": made["id"], "customer_id": self.customer}
        for name in ("name", "identifier", "mobile"):
            looked = {"phone" if name == "mobile" else name: described["customer"][name]}
            found = await self.done("registry", CLERK, "/v1/customer-search", json=looked)
            assert found["items"], name
        await self.done("registry", CLERK, "/v1/customer-search", json={"number": described["number"]})
        corrected = {k: v for k, v in self.person("correctCustomer").items() if k != "kind"}
        await self.done("registry", CLERK, f"{own}/correction", json={**corrected, "reason": "CORRECTION"})
        moved = {
            "use": "RESIDENTIAL",
            "price_class": "RESIDENT",
            "number": self.mark(Kind.NUMBER, PARTICULARS + "describeAccount"),
            "address": self.mark(Kind.ADDRESS, PARTICULARS + "describeAccount"),
            "reason": "CORRECTION",
        }
        await self.done("registry", CLERK, f"/v1/accounts/{made['id']}/description", json=moved)
        revealed = {"purpose": "SERVICE", "fields": ["name", "identifier", "mobile", "landline"]}
        shown = await self.done("registry", CLERK, f"{own}/reveal", json=revealed)
        assert corrected["mobile"] in str(shown)
        all_of_it = {"purpose": "SERVICE", "fields": ["number", "address"]}
        await self.done("registry", CLERK, f"/v1/accounts/{made['id']}/reveal", json=all_of_it)
        me = citizen(self.customer)
        copy = await self.send("registry", me, "POST", f"{own}/copy", json=None)
        assert copy.is_success, copy.text
        assert corrected["mobile"] in copy.text
        kinds = {"mobile": Kind.MOBILE, "address": Kind.ADDRESS}
        change = {name: self.mark(kind, f"{PARTICULARS}change") for name, kind in kinds.items()}
        asked = {"kind": "CHANGE", "change": change}
        request = await self.done("registry", me, f"/v1/accounts/{made['id']}/requests", json=asked)
        self.ids["request_id"] = request["id"]
        await self.done("registry", me, f"/v1/requests/{request['id']}/questions", json=self.said("question"))
        await self.done("registry", CLERK, f"/v1/requests/{request['id']}/notes", json=self.said("note"))
        organisation = self.account("an organisation's") | {
            "use": "COMMERCIAL",
            "price_class": "NON_RESIDENT",
        }
        organisation["customer"] |= {
            "kind": "ORGANISATION",
            "name": "示例商贸有限公司",
            "identifier": "91371502MA3C000318"[:17] + "X",
            "contact": self.mark(Kind.NAME, "contact"),
        }
        # Its code is wrong, and it is refused; without one it is taken.
        refused = await self.send("registry", CLERK, "POST", "/v1/accounts", json=organisation)
        assert refused.status_code in (409, 422), refused.text
        del organisation["customer"]["identifier"]
        await self.done("registry", CLERK, "/v1/accounts", json=organisation)

    def said(self, door: str) -> dict[str, str]:
        """Return what somebody writes who names a person and an address."""
        return {"text": f"{self.mark(Kind.NAME, door)}住在{self.mark(Kind.ADDRESS, door)}，何时上门？"}

    async def signed_in(self) -> None:
        """Sign in by 爱山东 and WeChat as who the providers say."""
        person = self.person("sign-in")
        told = {"uuid": "p-marked", "name": person["name"], "paperstype": "1"}
        told |= {"papersnumber": person["identifier"], "mobile": person["mobile"]}
        ids = {"person-1": self.mark(Kind.MOBILE, "openid")}
        with patch.dict(providers.PERSONS, {"person-1": told}), patch.dict(providers.OPENIDS, ids):
            for provider in ("ISHANDONG", "WECHAT"):
                url = f"{self.city.laptop.url('registry-providers')}/proofs/{provider}/person-1"
                async with httpx.AsyncClient() as http:
                    given = (await http.post(url)).json()
                await self.done("registry", APP, given["path"], json=given["body"])

    async def applied(self) -> None:
        """Apply for water; in every free text of the case a name and an address, which no detector knows."""
        application = {
            "supply": "WATER",
            "district": "371502",
            "utility": "W-371502",
            "channel": "HALL",
            "customer_ref": self.customer.upper(),
            "customer_category": "RES",
            "site_division": "371502001000",
            "declared_length_m": "120.0",
            "not_duplicate": True,
        }
        case = await self.done("hookup", CLERK, "/v1/hookups", json=application)
        path = f"/v1/hookups/{case['id']}"
        me = citizen(self.customer)
        asked = await self.done("hookup", me, f"{path}/questions", json=self.said("question of a case"))
        question = asked["questions"][-1]["id"]
        answer = f"{path}/questions/{question}/answer"
        await self.done("hookup", CLERK, answer, json={"answer": self.said("answer of a case")["text"]})
        await self.done("hookup", CLERK, f"{path}/notes", json=self.said("note of a case"))
        name = f"{self.mark(Kind.NAME, 'file name')}{self.mark(Kind.MOBILE, 'file name')}.pdf"
        await self.done("hookup", CLERK, f"{path}/evidence", files={"file": (name, PDF)})
        self.ids |= {"case_id": case["id"], "question_id": question}

    async def read_in(self) -> None:
        """Hand in ledgers with good rows and with wrong ones, of which there are reports."""
        rows = [ledgers.home(1, **self._row("row")), ledgers.home(2, **self._row("bad row"), 用途="不详")]
        swapped = self._row("swapped cells")
        # A whole row in the wrong columns.
        mixed = dict(zip(swapped, [*list(swapped.values())[1:], swapped["户号"]], strict=True))
        rows.append(ledgers.home(3, **mixed))
        rows += [ledgers.home(4, 用途=value, 价格类别=value) for value in self._row("words").values()]
        await self.hand_in("registry", "/v1/account-imports", "用户清册", ledgers.file_of(rows))
        target = io.StringIO()
        writer = csv.writer(target)
        writer.writerow(HEADINGS)
        for heading in HEADINGS:
            # What has the form of a case's number is one.
            for kind in set(Kind) - ({Kind.NUMBER} if heading == "受理编号" else set()):
                writer.writerow(values(changes={heading: self.mark(kind, f"ledger's {heading}")}))
        await self.hand_in("hookup", "/v1/imports", "台账", target.getvalue().encode("gb18030"))

    def _row(self, door: str) -> dict[str, str]:
        person = self.person(door)
        return {
            "户号": self.mark(Kind.NUMBER, door),
            "用户名称": person["name"],
            "证件号码": person["identifier"],
            "手机号": person["mobile"],
            "固定电话": person["landline"],
            "地址": self.mark(Kind.ADDRESS, door),
        }

    async def hand_in(self, service: str, path: str, name: str, content: bytes) -> None:
        """Hand a ledger in that has bad rows; read its report, and look at its columns."""
        named = (f"{name}{self.mark(Kind.MOBILE, path)}.csv", content)
        refused = await self.send(service, CLERK, "POST", path, files={"file": named}, data={"mode": "good"})
        assert refused.status_code == 422, refused.text
        # No detector knows a name.
        file = (f"{name}{self.mark(Kind.NAME, path)}.csv", content)
        job = await self.done(service, CLERK, path, files={"file": file}, data={"mode": "good"})

        async with asyncio.timeout(READ_IN_SECONDS):
            while True:
                state = (await self.send(service, CLERK, "GET", f"{path}/{job['id']}")).json()
                if state["finished_at"] is not None:
                    break
                await asyncio.sleep(0.2)
        assert state["bad"], state
        await self.send(service, CLERK, "GET", f"{path}/{job['id']}/report.xlsx")
        await self.send(service, CLERK, "POST", f"{path}/preview", files={"file": file})

    async def in_pages(self) -> None:
        """Look for persons in the console, and fill in the forms of its pages, as a clerk."""
        console = self.city.laptop.url("console")
        async with httpx.AsyncClient(base_url=console, follow_redirects=True, timeout=60) as client:
            start = re.search(r'href="(/signin[^"]*)"', (await client.get("/signin")).text)
            assert start is not None
            form = await client.get(start[1])
            password = self.city.laptop.issuer.password_file.read_text()
            signed_in = await client.post(form.url, data={"login": "utility", "password": password})
            assert signed_in.url.host == httpx.URL(console).host, signed_in.text
            for path in ("/search", "/accounts", "/requests", "/cases", "/customers"):
                for kind in Kind:
                    mark = self.mark(kind, f"page {path}")
                    self._not_failed(await client.get(path, params={"q": mark, "number": mark}))
            things = [f"/{name}/{self.ids[key]}" for name, key in _THINGS.items()]
            for path in ("/customers", "/accounts/new", *things):
                for title, sent in (await Visitor(client).forms(path)).items():
                    kinds = cycle(Kind)
                    marked = {
                        name: value or self.mark(next(kinds), f"form {title} {name}")
                        for name, value in sent.values.items()
                    }
                    self._not_failed(await client.post(sent.action, data=marked, headers={"Origin": console}))

    def _not_failed(self, page: httpx.Response) -> None:
        """Check a page, which may show what was entered to who entered it."""
        if page.status_code >= 500:
            self.city.failed.append(f"{page.request.method} {page.request.url.path}: {page.status_code}")

    def document(self, service: str) -> Document:
        """Return the contract of a service."""
        app: Any = self.city.laptop.apps[service]
        contract: Document = app.openapi()
        return contract

    async def looked_at(self) -> None:
        """Let strangers read whatever there is."""
        for service in SERVICES:
            for path, operations in self.document(service)["paths"].items():
                if "get" not in operations or path.endswith(ENDLESS):
                    continue
                filled = re.sub(r"{(\w+)}", lambda match: self.ids.get(match[1], str(uuid4())), path)
                for stranger in STRANGERS:
                    self.city.hear(await self.city.client(service, stranger).get(filled), stranger=True)
