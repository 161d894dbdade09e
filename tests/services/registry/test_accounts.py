"""Accounts and their customers over HTTP, on both engines: opened, masked, corrected, looked for, told as events."""

from typing import Any

import pytest
from sqlalchemy import select

from libs.common.auth.callers import ScopeKind
from libs.common.database.tables import idempotency, outbox
from services.registry.domain.requests.values import KIND_NAMES
from services.registry.storage.tables import account_particulars, customer_particulars, former_particulars
from services.registry.usecases.matching import Matching
from tests.services.registry.exports import asking as exports
from tests.services.registry.imports import ledgers as imports
from tests.services.registry.request_samples import citizen, hand_in, submitted
from tests.services.registry.samples import (
    credit_code,
    mobile,
    new_account,
    organisation,
    person,
    resident_id,
)
from tests.services.registry.standing_samples import authorisation, claim
from tests.support.authorisation import Cells, Objects
from tests.support.service import Running

ADDRESS = "聊城市东昌府区古楼街道东关街12号"
# With a wrong row, of which there is a report.
BAD_LEDGER = imports.file_of([imports.enterprise(9), imports.home(手机号="1")])


async def opened(registry: Running, body: dict[str, object], utility: str = "W-371502") -> dict[str, Any]:
    """Open an account at a utility; return it as the API shows it."""
    clerk = registry.client("clerk", ScopeKind.UTILITY, utility)
    made = (await clerk.post("/accounts", body, 201)).body
    return dict((await clerk.get(f"/accounts/{made['id']}")).body)


async def test_an_account_is_opened_with_its_customer_and_what_it_shows_is_masked(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation(), number="w-000123456"))
    assert (shown["category"], shown["market_subject"], shown["street_name"]) == ("ENT", True, "古楼街道")
    assert shown["number"] == "****3456"
    assert shown["address"] == "东昌府区古楼街道****"
    # An enterprise's name and code are public.
    assert shown["customer_name"] == "示例第1商贸有限公司"
    customer = (await registry.client().get(f"/customers/{shown['customer_id']}")).body
    assert (customer["identifier"], customer["mobile"], customer["contact"]) == (
        credit_code(1),
        "138****0001",
        "王**",
    )
    events = await registry.events(shown["id"])
    assert [name for name, _ in events] == ["account_opened"]


async def test_a_persons_particulars_are_masked_and_their_own_are_whole(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    assert (shown["category"], shown["customer_name"]) == ("RES", "王**")
    path = f"/customers/{shown['customer_id']}"
    customer = (await registry.client().get(path)).body
    assert (customer["identifier"], customer["mobile"]) == (
        "3" + "*" * 16 + resident_id(1)[-1],
        "138****0001",
    )
    owner = registry.client("citizen", ScopeKind.CITIZEN, shown["customer_id"].upper())
    assert (await owner.get(path)).body["identifier"] == resident_id(1)
    assert (await owner.get(f"/accounts/{shown['id']}")).body["address"] == ADDRESS
    other = await opened(registry, new_account(person(2), number="0002"))
    await owner.get(f"/customers/{other['customer_id']}", 404)
    assert [row["id"] for row in (await owner.get("/accounts")).body["items"]] == [shown["id"]]


async def test_the_same_identifier_is_the_same_customer_whatever_its_spelling(registry: Running) -> None:
    first = await opened(registry, new_account(organisation()))
    spelled = " ".join(credit_code(1)).lower()
    second = await opened(registry, new_account(organisation(identifier=spelled), number="2"), "G-371502")
    assert second["customer_id"] == first["customer_id"]
    clerk = registry.client()
    other = await clerk.post("/accounts", new_account(organisation(name="另一家公司"), number="3"), 409)
    assert (other.code, other.body["errors"][0]["field"]) == ("name-differs", "customer.name")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"identifier": credit_code(1)[:-1] + "0"}, "customer.identifier", "credit-code-checksum"),
        ({"mobile": "1380000"}, "customer.mobile", "mobile-invalid"),
        ({"mobile": "138****0001"}, "customer.mobile", "masked-value"),
        ({"name": "王**"}, "customer.name", "masked-value"),
    ],
)
async def test_a_wrong_particular_is_named_with_its_rule_and_changes_nothing(
    registry: Running, change: dict[str, object], field: str, code: str
) -> None:
    clerk = registry.client()
    answer = await clerk.post("/accounts", new_account(organisation() | change), 422)
    assert (answer.body["errors"][0]["field"], answer.body["errors"][0]["code"]) == (field, code)
    assert answer.code == ("masked-value" if code == "masked-value" else "invalid")
    assert (await clerk.get("/accounts")).body["items"] == []


async def test_a_number_is_one_accounts_of_its_utility_and_a_place_is_the_utilitys(registry: Running) -> None:
    await opened(registry, new_account(organisation()))
    clerk = registry.client()
    taken = await clerk.post("/accounts", new_account(person(), number="0001"), 409)
    assert taken.code == "account-number-taken"
    await opened(registry, new_account(person(), number="0001"), "G-371502")
    elsewhere = await clerk.post("/accounts", new_account(person(2), "5", address="茌平区振兴街道1号"), 409)
    assert elsewhere.code == "address-elsewhere"


@pytest.mark.parametrize(
    ("address", "complete"), [("古楼街道东关街12号", True), ("1", False), ("幸福小区1号楼", False)]
)
async def test_whatever_stands_for_an_address_makes_no_account_complete(
    registry: Running, address: str, complete: bool
) -> None:
    shown = await opened(registry, new_account(organisation(), address=address))
    assert shown["complete"] is complete
    listed = (await registry.client().get("/accounts", complete=str(complete).lower())).body["items"]
    assert [row["id"] for row in listed] == [shown["id"]]


async def test_a_correction_keeps_what_stood_there_sealed_and_says_only_that_it_changed(
    registry: Running,
) -> None:
    shown = await opened(registry, new_account(organisation()))
    clerk, path = registry.client(), f"/customers/{shown['customer_id']}"
    texts = {name: value for name, value in organisation().items() if name != "kind"}
    same = await clerk.command(path, "correction", texts | {"reason": "CORRECTION"}, 409)
    assert same.code == "nothing-changed"
    moved = texts | {"reason": "APPLICATION", "mobile": mobile(2), "identifier": credit_code(7, "92")}
    corrected = (await clerk.command(path, "correction", moved)).body
    assert (corrected["subject"], corrected["subject_name"]) == ("92", "个体工商户")
    # The account follows: a sole trader is one of the five categories by itself.
    assert (await clerk.get(f"/accounts/{shown['id']}")).body["category"] == "IND"
    (_, change) = (await clerk.get(f"{path}/events")).body["items"]
    assert [part["name"] for part in change["changes"]] == ["主体", "证件号码", "手机号"]
    assert not any(part["old"] for part in change["changes"] if part["name"] != "主体")
    async with registry.service.database.reading() as connection:
        kept = (await connection.execute(select(former_particulars))).mappings().all()
    assert (len(kept), kept[0]["replaced_by"]) == (1, "clerk-1")


async def test_a_size_is_classified_and_its_accounts_follow(registry: Running) -> None:
    shown = await opened(registry, new_account(organisation()))
    assert shown["small_or_micro"] is None
    clerk, path = registry.client(), f"/customers/{shown['customer_id']}"
    missing = await clerk.command(path, "size", {"industry": "RETAIL", "employees": 8}, 409)
    assert missing.body["errors"][0]["field"] == "revenue_fen"
    seen = await clerk.get(f"/accounts/{shown['id']}")
    body = {"industry": "RETAIL", "employees": 10, "revenue_fen": 100 * 1_000_000, "as_of": "2022-06-30"}
    classified = (await clerk.command(path, "size", body)).body
    assert (classified["size"], classified["size_name"], classified["size_as_of"]) == (
        "SMALL",
        "小型",
        "2022-06-30",
    )
    followed = (await clerk.get(f"/accounts/{shown['id']}")).body
    assert followed["small_or_micro"] is True
    assert [name for name, _ in await registry.events(shown["id"])] == ["account_opened", "account_changed"]
    # What follows is told of who classified, and overtakes nobody's form of the account.
    change = (await clerk.get(f"/accounts/{shown['id']}/events")).body["items"][-1]
    assert (change["actor"], change["changes"][0]["name"]) == ("clerk-1", "个体工商户或小微企业")
    use = {"use": "OFFICE", "price_class": "NON_RESIDENT", "reason": "CORRECTION"}
    await clerk.post(f"/accounts/{shown['id']}/description", use, version=seen.etag)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("identifier", credit_code(1).lower()),
        ("phone", "+86 " + mobile(1)),
        ("name", "示例第1商贸有限公司"),
        ("name", "王某"),
        ("number", "w-0001"),
    ],
)
async def test_a_customer_is_found_by_each_particular_by_those_who_see_it(
    registry: Running, field: str, text: str
) -> None:
    shown = await opened(registry, new_account(organisation(), number="W-0001"))
    await opened(registry, new_account(organisation(2, contact="李某"), number="W-0002"))
    found = (await registry.client().post("/customer-search", {field: text})).body
    assert [item["id"] for item in found["items"]] == [shown["customer_id"]]
    assert found["items"][0]["mobile"] == "138****0001"
    elsewhere = registry.client("clerk", ScopeKind.UTILITY, "W-371503")
    assert (await elsewhere.post("/customer-search", {field: text})).body["items"] == []


async def test_nothing_personal_stands_in_the_open(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    await registry.client().post("/customer-search", {"phone": mobile(5_000_001)})
    secrets = [resident_id(1), mobile(5_000_001), "王某某", "东关街"]
    async with registry.service.database.reading() as connection:
        for table in (outbox, idempotency, customer_particulars, account_particulars):
            rows = (await connection.execute(select(table))).mappings().all()
            assert rows
            assert not [
                text
                for text in secrets
                if any(text in _plain(value) for row in rows for value in row.values())
            ]
    assert shown["address"] == "东昌府区古楼街道****"


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


async def shown_in_emergency(registry: Running, customer_id: str, district: str) -> dict[str, Any]:
    """Let a district's supervisor see a particular beyond the rule; return the exception."""
    supervisor = registry.client("supervisor", ScopeKind.DISTRICT, district)
    body = {"purpose": "EMERGENCY", "fields": ["mobile"], "reason": "东关街爆管"}
    await supervisor.post(f"/customers/{customer_id}/reveal", body)
    return dict((await supervisor.get("/break-glass")).body["items"][0])


async def pair_of(registry: Running, row: dict[str, Any], number: int) -> str:
    """Open the same customer once more at its utility, as if nobody had noticed; return the pair."""
    code = "W-371502" if number == 0 else "W-371503"
    address = ADDRESS if number == 0 else "茌平区振兴街道1号"
    twin = person(number + 1, identifier=None)
    again = await opened(registry, new_account(twin, f"B{number}", address=address), code)
    worker = Matching(registry.service.database, registry.clock, registry.service.state["rulebook"])  # type: ignore[arg-type]  # as bootstrap put it there
    while await worker.step():
        pass
    pairs = (await registry.client("supervisor").get("/duplicates", customer_id=again["customer_id"])).body
    assert row["customer_id"] in str(pairs)
    return str(pairs["items"][0]["id"])


async def acting_for(registry: Running, row: dict[str, Any], serial: int, kind: str) -> dict[str, Any]:
    """Record who acts for an account's customer in all matters; return the authorisation."""
    body = authorisation(serial, kind=kind, customer_id=row["customer_id"], matters=list(KIND_NAMES))
    made = await registry.client("window").post("/authorisations", body | {"document_ref": "委托书1"}, 201)
    return made.body


async def test_every_cell_of_the_authorisations_is_answered_as_the_table_says(registry: Running) -> None:
    own = await opened(registry, new_account(person()))
    other = await opened(registry, new_account(person(2), address="茌平区振兴街道1号"), "W-371503")
    pairs = [await pair_of(registry, row, number) for number, row in enumerate((own, other))]
    objects, receiver = [], person(3)
    guardian = await acting_for(registry, own, 20, "GUARDIAN")
    binder = citizen(registry, guardian["agent_id"])
    agents = [await acting_for(registry, row, number, "AGENT") for number, row in ((21, own), (22, other))]
    for number, (row, pair) in enumerate(zip((own, other), pairs, strict=True)):
        knows = claim(number + 1, number="0001", utility=row["utility"])
        bound = (await binder.post("/bindings", knows, 201)).body
        owner = citizen(registry, row["customer_id"])
        path = await submitted(owner, row["id"], "TRANSFER", receiver=receiver)
        (file,) = (await hand_in(owner, path))["materials"]
        exception = await shown_in_emergency(registry, row["customer_id"], row["district"])
        ids = {"account_id": row["id"], "request_id": path.rpartition("/")[2], "duplicate_id": pair}
        ids |= {"exception_id": exception["id"], "binding_id": bound["id"]}
        ids["authorisation_id"] = agents[number]["id"]
        ids["exception_id"] = exception["id"]
        asked = {"kind": "COPY", "document_ref": "OBJ-318", "detail": "来信提出"}
        taker = registry.client("window", ScopeKind.DISTRICT, row["district"])
        cases = await taker.post(f"/customers/{row['customer_id']}/rights-cases", asked, 201)
        ids["case_id"] = cases.body["id"]
        keeper = registry.client("clerk", ScopeKind.UTILITY, row["utility"], "keeper-" + row["utility"])
        ids["export_id"] = (await exports.ask(keeper)).body["id"]
        ids["import_id"] = (await imports.hand_in(keeper, BAD_LEDGER)).rpartition("/")[2]
        more = {"customer_id": row["customer_id"], "file_id": file["id"], "utility": row["utility"]}
        objects.append(Objects(ids | more, list(ids.values())))
    await imports.work(registry)
    first, second = objects
    cells = Cells(
        registry.app,
        registry.issuer,
        first,
        second,
        values={"uploadRequestMaterial.kind": "PREMISES_PROOF"},
        citizen=own["customer_id"].upper(),
        representatives=[each["agent_id"].upper() for each in (guardian, agents[0])],
        of_representatives=frozenset({"authorisation_id", "binding_id", "file_id"}),
    )
    registry.lift_quotas()
    faults = await cells.faults()
    assert not faults, "\n".join(faults)
