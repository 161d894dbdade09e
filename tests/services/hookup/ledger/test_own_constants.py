"""What a utility's sign-in tells of every row of its ledger need not be in the file."""

import io

from openpyxl import load_workbook

from tests.services.hookup.ledger.books import book, models
from tests.services.hookup.ledger.conftest import NOW
from tests.services.hookup.ledger.test_own_layout import MUST, PATH, clerk, preview
from tests.services.hookup.ledger.test_routes import hand_in, work
from tests.support.hookup import Hookup

OWN_COLUMNS = ("区划", "专营单位", "服务类型")


def without(content: bytes, *fields: str) -> bytes:
    """Return a ledger without some of its columns."""
    workbook = load_workbook(io.BytesIO(content))
    sheet = workbook.worksheets[0]
    for field in fields:
        column = next(cell.column for row in sheet.iter_rows() for cell in row if cell.value == field)
        sheet.delete_cols(column)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


async def test_a_utilitys_file_need_not_say_whose_it_is(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    content = book(models(2))
    client, bare = clerk(hookup), without(content, *OWN_COLUMNS)
    shown = (await preview(client, bare)).body
    constants = {"区划": "东昌府区", "专营单位": "东昌府区供水专营单位", "服务类型": "供水"}
    assert (shown["missing"], shown["constants"]) == ([], constants)
    layout = {"columns": {field: field for field in MUST if field not in OWN_COLUMNS}}
    await client.put(PATH, layout, version='"0"')
    handed = await hand_in(client, bare)
    await work(hookup)
    report = (await client.get(f"/imports/{handed.body['id']}")).body
    assert (report["state"], report["loaded"], report["bad_rows"]) == ("done", 2, [])
    # It says the same as the file that names them.
    again = await hand_in(client, content)
    await work(hookup)
    assert (await client.get(f"/imports/{again.body['id']}")).body["repeated"] == 2
    # Of the city's file nobody knows whose it is.
    city = hookup.client("supervisor")
    assert (await hand_in(city, bare, status=422)).code == "ledger-header-missing"


async def test_a_row_that_says_to_be_elsewhere_is_not_taken_for_ones_own(hookup: Hookup) -> None:
    hookup.clock.instant = NOW
    other = clerk(hookup, "G-371502")
    handed = await hand_in(other, without(book(models(1)), "专营单位"))
    await work(hookup)
    report = (await other.get(f"/imports/{handed.body['id']}")).body
    assert [row["code"] for row in report["bad_rows"]] == ["utility-other-service"]
