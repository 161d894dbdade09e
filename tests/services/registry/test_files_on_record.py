"""Files that leave otherwise than as exports: reports of imports and files of requests are on the audit record."""

from tests.services.registry.exports.asking import entries
from tests.services.registry.imports.ledgers import enterprise, file_of, hand_in, home, work
from tests.services.registry.request_samples import citizen, submitted
from tests.services.registry.request_samples import hand_in as hand_in_proof
from tests.services.registry.samples import new_account, person
from tests.services.registry.test_accounts import opened
from tests.support.service import Running


async def test_the_report_of_an_import_is_on_record_each_time(registry: Running) -> None:
    clerk = registry.client()
    path = await hand_in(clerk, file_of([enterprise(), home(手机号="1")]))
    await work(registry)
    for _ in range(2):
        await clerk.get(f"{path}/report.xlsx")
    first, second = await entries(registry)
    assert (first["actor"], first["purpose"], first["subject"]) == ("clerk-1", "IMPORT", None)
    assert first["fields"] == second["fields"] == [f"report:{path.rpartition('/')[2]}"]
    (row, _) = (await registry.client("auditor").get("/audit-entries", action="EXPORT")).body["items"]
    assert row["purpose_name"] == "清册导入的问题行"
    # A report that is not there is not given.
    await registry.client("clerk", subject="clerk-2").get(f"{path.replace('1', '2')}/report.xlsx", 404)
    assert len(await entries(registry)) == 2


async def test_a_file_of_a_request_is_on_record_with_whose_it_is(registry: Running) -> None:
    shown = await opened(registry, new_account(person()))
    owner = citizen(registry, shown["customer_id"])
    path = await submitted(owner, shown["id"], "TRANSFER", receiver=person(3))
    (file,) = (await hand_in_proof(owner, path))["materials"]
    await registry.client().post(f"{path}/materials/{file['id']}/link")
    (entry,) = await entries(registry)
    assert (entry["actor"], entry["purpose"], entry["subject"]) == ("clerk-1", "FILE", shown["customer_id"])
    assert entry["fields"] == ["PREMISES_PROOF", f"file:{file['id']}"]
    given = (await owner.get(f"/customers/{shown['customer_id']}/disclosures")).body["items"]
    assert given[0]["purpose_name"] == "查阅申请材料"
    assert "房屋" in given[0]["field_names"]
