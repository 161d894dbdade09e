"""References of hookup's cases become ids of the registry, by the commands that docs/operations.md names."""

import argparse
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.auth.callers import ScopeKind
from libs.common.service import Service
from services.hookup import customer_ids
from services.registry import adopting
from services.registry.bootstrap import build
from tests.support.hookup import Hookup, running_hookup
from tests.support.servers import FreshDatabaseUrl
from tests.support.service import Running, running_as


@pytest.fixture
async def hookup(fresh_database_url: FreshDatabaseUrl, tmp_path: Path) -> AsyncIterator[Hookup]:
    async with running_hookup(fresh_database_url(), tmp_path) as service:
        await service.service.migrate()
        yield service


@pytest.fixture
async def registry(fresh_database_url: FreshDatabaseUrl, tmp_path: Path) -> AsyncIterator[Running]:
    async with running_as(Running, build, fresh_database_url(), tmp_path) as service:
        await service.service.migrate()
        yield service


async def command(module: object, service: Service, *words: str) -> int:
    """Run a command as the command line does."""
    parser = argparse.ArgumentParser()
    module.add_commands(parser.add_subparsers())  # type: ignore[attr-defined]  # both modules have it
    arguments = parser.parse_args(words)
    return int(await arguments.run(service, arguments))


async def test_cases_are_the_customers_own_afterwards_and_no_form_is_out_of_date(
    hookup: Hookup, registry: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    citizen = hookup.client("citizen", ScopeKind.CITIZEN, "C-000318")
    case = (await citizen.submit(customer_ref="C-000318")).body["id"]
    seen = await hookup.client().get(f"/hookups/{case}")
    capsys.readouterr()
    assert await command(customer_ids, hookup.service, "customer-references") == 0
    file = tmp_path / "references.csv"
    file.write_text(capsys.readouterr().out)
    assert file.read_text() == "C-000318,ENT\n"
    ids = []
    for _ in range(2):
        assert await command(adopting, registry.service, "adopt", str(file)) == 0
        ids.append(capsys.readouterr().out)
    # Once adopted a reference stays the same customer's.
    assert ids[0] == ids[1]
    file.write_text(ids[0])
    assert await command(customer_ids, hookup.service, "rename-customers", str(file)) == 0
    customer_id = ids[0].strip().partition(",")[2]
    owner = hookup.client("citizen", ScopeKind.CITIZEN, customer_id.upper())
    assert (await owner.get(f"/hookups/{case}")).body["customer_ref"] == customer_id.upper()
    await citizen.get(f"/hookups/{case}", 404)
    # The clerk who had opened the form before may send it.
    await hookup.client().post(
        f"/hookups/{case}/stages/SURVEY_DESIGN/start", {"at": "2022-07-04T09:00:00+08:00"}, version=seen.etag
    )
    assert (await owner.get(f"/hookups/{case}")).body["customer_ref"] == customer_id.upper()
    capsys.readouterr()
    assert await command(customer_ids, hookup.service, "customer-references") == 0
    assert capsys.readouterr().out == ""


async def test_a_line_that_gives_no_id_changes_nothing(
    hookup: Hookup, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("C-000318,C-000319\n")
    assert await command(customer_ids, hookup.service, "rename-customers", str(file)) == 2
    assert "C-000318 is given no id" in capsys.readouterr().err
