"""The example city's ledgers: right but for what is planted, and handed in once."""

from datetime import date

import pytest
from rich.console import Console
from sqlalchemy import select

from libs.common.auth.callers import Scope, ScopeKind
from libs.common.database.tables import house
from libs.common.places import load_places
from libs.development.machines import CITIZEN
from libs.workbooks.ledgers.rows import RawRow, open_ledger
from services.registry.dev import seed
from services.registry.dev.example_city import holder_of, number_of, rows_of, utilities
from services.registry.dev.example_ledgers import FORMS, Form, ledger_of
from services.registry.storage.imports import ACCOUNT_LEDGERS, SUPPLIES, SUPPLY
from services.registry.storage.tables import ACCOUNT_IMPORTS
from services.registry.usecases.read_ledger import Reading, read_account
from tests.services.registry.samples import CATEGORIES, RESOLVER
from tests.support.service import Running, when

NOW = when("2022-07-04 09:00")


@pytest.mark.parametrize("utility", [utilities()[number] for number in (0, 8, 9, 10, 20, 32)], ids=str)
def test_every_clean_row_is_right_and_of_the_others_three_of_a_hundred_are_wrong(utility: object) -> None:
    assert isinstance(utility, type(utilities()[0]))
    reading = Reading(utility, "someone", RESOLVER, CATEGORIES.classes, date(2022, 7, 4), NOW)
    supply = {SUPPLY: SUPPLIES.names[utility.service]}

    def faults(*, clean: bool) -> list[str]:
        rows = [
            RawRow(number, {name: cell for name, cell in {**row, **supply}.items() if cell})
            for number, row in enumerate(rows_of(utility, 400, clean=clean), 2)
        ]
        return [finding.column for row in rows for finding in read_account(row, reading).findings]

    assert faults(clean=True) == []
    assert faults(clean=False) == ["证件号码", "证件号码", "手机号"] * 4


def test_who_holds_an_account_is_told_by_its_number_and_is_nobody_else() -> None:
    utility = load_places().utility("H-371503")
    assert holder_of("H-371503-0000041") == rows_of(utility, 41, clean=True)[-1]
    everybody = [
        holder_of(number_of(utility.code, number))["证件号码"]
        for utility in utilities()
        for number in (*range(1, 60), 600_001, 699_999)
    ]
    assert len(set(everybody)) == len(everybody)
    for wrong in ("W-371503-41", "X-371503-0000041", "测试", ""):
        with pytest.raises(KeyError):
            holder_of(wrong)


def test_some_rows_of_each_hundred_are_as_offices_keep_them() -> None:
    utility = load_places().utility("W-371503")
    clean, written = (rows_of(utility, 100, clean=is_clean) for is_clean in (True, False))
    again = written[6]
    assert (again["用户名称"], again["手机号"], again["证件号码"]) == (
        clean[5]["用户名称"],
        clean[5]["手机号"],
        "",
    )
    assert len(written[36]["证件号码"]) == 15
    assert written[60]["地址"].startswith("茌平县")
    assert any("办事处" in row["地址"] for row in rows_of(load_places().utility("W-371502"), 1_000))
    assert (written[72]["手机号"], written[72]["地址"], written[88]["证件号码"]) == ("", "", "")
    assert sum(one != other for one, other in zip(clean, written, strict=True)) == 7
    assert rows_of(utility, 3, first=7) == written[6:9]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.encoding or "xlsx")
def test_each_utility_hands_its_ledger_in_as_it_writes_it(form: Form) -> None:
    """Read back with what is known of its columns and words, every form says the same."""
    utility = load_places().utility("W-371502")
    rows = rows_of(utility, 30, clean=True)
    template = ACCOUNT_LEDGERS.template_of(Scope(ScopeKind.UTILITY, utility.code))
    ledger = open_ledger(template, ledger_of(rows, form), form.layout)
    reading = Reading(utility, "someone", RESOLVER, CATEGORIES.classes, date(2022, 7, 4), NOW)
    read = []
    for raw in ledger.rows:
        cells = {**raw.cells, SUPPLY: SUPPLIES.names[utility.service]}
        checked = read_account(RawRow(raw.number, cells), reading)
        assert checked.findings == []
        assert checked.item is not None
        read.append((checked.item.number, checked.item.particulars.texts["name"], checked.item.address))
    assert read == [(row["户号"], row["用户名称"], row["地址"]) for row in rows]


async def test_ledgers_of_all_units_are_handed_in_once(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQN_SEED_ACCOUNTS", "2200")
    monkeypatch.setattr(seed, "FIRST", 50)
    for _ in range(2):
        await seed.seed(registry.service, Console(quiet=True))
    job = ACCOUNT_IMPORTS.job.c
    async with registry.service.database.reading() as connection:
        rows = (await connection.execute(select(job.place_code, job.rows).order_by(job.id))).all()
        told = (await connection.scalars(select(house.tables["outbox"].c.type))).all()
    # The citizen of the laptop, at home in the old town; of the ledgers nothing is told before they are read in.
    assert [kind.split(".")[-2] for kind in told] == ["customer_opened", *["account_opened"] * 3]
    citizen = registry.client("citizen", ScopeKind.CITIZEN, CITIZEN.scope.code)
    accounts = (await citizen.get("/accounts")).body["items"]
    assert {item["supply"] for item in accounts} == {"WATER", "GAS", "HEAT"}
    shares = {"WATER": (25, 100), "GAS": (15, 60), "HEAT": (10, 40)}
    first = [(utility.code, shares[utility.service][0]) for utility in utilities()]
    others = [
        (utility.code, shares[utility.service][1] - shares[utility.service][0]) for utility in utilities()
    ]
    # Some of every utility come first, so that the city has all of them early.
    assert rows == [*first, *others]
    assert sum(count for _, count in rows) == 2_200
