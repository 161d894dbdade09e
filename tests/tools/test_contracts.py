"""`tools.contracts` sees drift, broken promises, personal data and events without an example."""

import json
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from pydantic import BaseModel, create_model
from sqlalchemy import Boolean, Column, Date, Float, Integer, LargeBinary, MetaData, String, Table, Text

from libs.common.database.personal import impersonal, unsealed
from libs.common.database.types import Identifier, Json, UtcDateTime
from libs.common.encryption.columns import Level, Personal, sealed_columns
from libs.common.events import EventPayload
from tools import contracts, contracts_personal_data
from tools.contracts_events import personal_data, schema_of
from tools.contracts_personal_data import LONGEST_CODE, undeclared

CLOSED = "events/cn.liaocheng.sqn.hookup.case_closed.v1.json"
OPERATIONS = "released/openapi/hookup.json"


@pytest.fixture
def stored() -> dict[str, str]:
    """What is committed; that it is what the code says is `--check`'s business, tested below."""
    return contracts.stored(contracts.ROOT, *contracts.GENERATED)


@pytest.fixture
def root(tmp_path: Path, stored: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that was written and released from the committed contracts; the code says just these."""

    async def generate() -> dict[str, str]:
        return stored

    monkeypatch.setattr(contracts, "generate", generate)
    assert contracts.main(["--release"], tmp_path) == 0
    return tmp_path


async def test_two_runs_say_the_same_and_it_is_what_is_committed(stored: dict[str, str]) -> None:
    first = await contracts.generate()
    assert first == await contracts.generate()
    assert contracts.drift(first) == ""
    assert contracts.faults(first) == []
    assert first == stored


def test_what_was_just_written_passes(root: Path) -> None:
    assert contracts.main(["--check"], root) == 0


@pytest.mark.parametrize("path", [CLOSED, "asyncapi.yaml", "openapi/hookup.json"])
def test_drift_is_found_and_shown(root: Path, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / path
    file.write_text(file.read_text("utf-8").replace("case_id", "case_key", 1) + "\n", "utf-8")
    assert contracts.main(["--check"], root) == 1
    said = capsys.readouterr().err
    assert f"--- contracts/{path}" in said
    assert "run `make contracts`" in said


def test_a_missing_and_a_left_over_file_are_drift_until_they_are_written_anew(root: Path) -> None:
    (root / CLOSED).unlink()
    left_over = root / "examples" / "old.json"
    left_over.write_text("{}\n", "utf-8")
    assert contracts.main(["--check"], root) == 1
    assert contracts.main([], root) == 0
    assert not left_over.exists()
    assert contracts.main(["--check"], root) == 0


@pytest.mark.parametrize("mode", [[], ["--check"], ["--release"]])
def test_no_mode_lets_a_released_field_go(
    root: Path, stored: dict[str, str], mode: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    schema = json.loads(stored[CLOSED])
    schema["properties"]["promised_to_readers"] = {"type": "string"}
    released = root / CLOSED.replace("events", "released")
    released.write_text(json.dumps(schema), "utf-8")
    assert contracts.main(mode, root) == 1
    assert "case_closed.v1.promised_to_readers: is gone" in capsys.readouterr().err


def test_a_released_event_cannot_go(
    root: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    del stored[CLOSED]
    assert contracts.main(["--check"], root) == 1
    assert "case_closed.v1: the event is gone" in capsys.readouterr().err


@pytest.mark.parametrize("mode", [[], ["--check"], ["--release"]])
def test_no_mode_lets_a_released_operation_go(
    root: Path, stored: dict[str, str], mode: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(stored["openapi/hookup.json"])
    del document["paths"]["/v1/hookups/{case_id}"]["get"]
    stored["openapi/hookup.json"] = json.dumps(document)
    assert contracts.main(mode, root) == 1
    assert "hookup getHookup: the operation is gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("which", "changed"), [("events", CLOSED.replace("events", "released")), ("operations", OPERATIONS)]
)
def test_events_and_operations_are_promised_apart(root: Path, which: str, changed: str) -> None:
    promises = [CLOSED.replace("events", "released"), OPERATIONS]
    for promise in promises:
        (root / promise).unlink()
    assert contracts.main(["--release", which], root) == 0
    assert [promise for promise in promises if (root / promise).exists()] == [changed]


def test_an_event_without_an_example_is_found(
    root: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    del stored[CLOSED.replace("events", "examples")]
    assert contracts.main(["--check"], root) == 1
    assert (
        "case_closed.v1: no scenario of its service's dev package brings it about" in capsys.readouterr().err
    )


class Planted(EventPayload):
    """An event to plant fields in."""

    service: ClassVar[str] = "planted"
    event: ClassVar[str] = "planted"
    case_number: str
    confirmed_by_user: bool
    customer_category: str
    account_id: UUID
    answer_by: str


@pytest.mark.parametrize(
    "field",
    [
        "name",
        "applicant_name",
        "phone",
        "mobile",
        "tel",
        "id_number",
        "idCardNumber",
        "site_address",
        "contacts",
        "email",
        "customer_ref",
        "account_id",
        "account_no",
        "asked_by",
        "remark",
        "latitude",
    ],
)
def test_a_planted_personal_field_is_found_however_deep(field: str) -> None:
    inner = create_model("Inner", __base__=BaseModel, **{field: (str | None, ...)})  # type: ignore[call-overload]  # the field's name is data
    outer = create_model("Outer", __base__=Planted, inners=(list[inner], ...))
    assert personal_data({"e": schema_of(outer)}) == [f"e.{field}: no event may carry personal data"]


def test_ids_codes_and_instants_are_let_through() -> None:
    assert personal_data({"e": schema_of(Planted)}) == []


def test_a_published_personal_field_fails_the_check(
    root: Path, stored: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    schema = json.loads(stored[CLOSED])
    schema["properties"]["applicant_phone"] = {"type": "string"}
    stored[CLOSED] = json.dumps(schema)
    assert contracts.main(["--check"], root) == 1
    assert "case_closed.v1.applicant_phone: no event may carry personal data" in capsys.readouterr().err


def declared(*columns: Column[Any]) -> list[str]:
    """What is said of the columns of a planted table."""
    metadata = MetaData()
    Table("planted", metadata, *columns)
    return undeclared({"sample": metadata})


@pytest.mark.parametrize(
    "column",
    [
        Column("applicant_name", String(20)),
        Column("phone", String(20)),
        Column("site_address", String(20)),
        Column("id_number", String(18)),
        Column("note", String(20)),
        Column("birthday", Date),
        Column("latitude", Float),
        Column("anything", Text),
        Column("anything", String),
        Column("anything", String(LONGEST_CODE + 1)),
        Column("anything", Json),
        Column("anything", LargeBinary),
    ],
    ids=lambda column: f"{column.name} {column.type!r}",
)
def test_a_column_that_could_hold_personal_data_has_to_say_what_it_holds(column: Column[Any]) -> None:
    (said,) = declared(column)
    assert said.startswith(f"sample: planted.{column.name} could hold personal data")
    for info in (impersonal("没有"), unsealed("姓名", "须显示")):
        assert declared(Column(column.name, column.type, info=info)) == []


def test_codes_counts_instants_and_sealed_columns_need_no_word() -> None:
    sealed = sealed_columns("phone", Personal("手机号", Level.PERSONAL, "mobile", is_found=True))
    assert (
        declared(
            Column("state", String(LONGEST_CODE)),
            Column("customer_id", Identifier),
            Column("notes", Integer),
            Column("contacted_at", UtcDateTime),
            Column("has_phone", Boolean),
            *sealed,
        )
        == []
    )


def test_a_column_outside_the_inventory_fails_the_check(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = MetaData()
    Table("planted", planted, Column("owner_phone", String(20)))
    monkeypatch.setattr(contracts, "tables", lambda: {"hookup": planted})
    assert contracts.main(["--check"], root) == 1
    assert "hookup: planted.owner_phone could hold personal data" in capsys.readouterr().err


def test_the_inventory_says_what_is_sealed_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = MetaData()
    Table(
        "person",
        metadata,
        Column("hint", Text, info=impersonal("仅代码")),
        *sealed_columns("phone", Personal("手机号", Level.PERSONAL, "mobile", is_found=True)),
        Column("title", Text, info=unsealed("标题", "须检索")),
    )
    monkeypatch.setattr(contracts_personal_data, "tables", lambda: {"registry": metadata})
    assert contracts_personal_data.inventory_text({"registry": "用户底数"}).splitlines()[-5:] == [
        "| 列 | 内容 | 级别 | 脱敏 | 保护 |",
        "| --- | --- | --- | --- | --- |",
        "| `person.phone` | 手机号 | L3 | `mobile` | 加密，可检索 |",
        "| `person.title` | 标题 | L3 | — | 未加密：须检索 |",
        "| `person.hint` | 仅代码 | — | — | 不含 |",
    ]
