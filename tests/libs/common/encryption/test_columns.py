"""The inventory of columns of personal data."""

from libs.common.encryption.columns import inventory
from tests.libs.common.encryption.samples import ADDRESS, COLUMNS, METADATA, PERSON, PHONE


def test_the_inventory_is_what_the_tables_say() -> None:
    assert inventory(METADATA) == [PHONE, ADDRESS]
    assert [column.path for column in COLUMNS] == ["person.phone", "person.address"]
    assert (PHONE.index is PERSON.c.phone_index, ADDRESS.index) == (True, None)
    assert {index.name for index in PERSON.indexes} == {"person_phone_index"}
