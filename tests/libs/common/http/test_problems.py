import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from asyncpg import CharacterNotInRepertoireError, UndefinedTableError, UntranslatableCharacterError
from fastapi import FastAPI
from pydantic import BaseModel, Field, ValidationError, field_validator
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.database.engine import Database
from libs.common.http.errors import of_database, of_http, of_rule
from libs.common.problems import define, field_errors
from libs.common.rules import RuleError
from tests.libs.common.http.conftest import Service, client_of
from tools.servers_process import free_ports


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Form(BaseModel, extra="forbid"):
    colour: Literal[Colour.RED, Colour.BLUE] = Colour.RED
    kind: Literal["water", "gas"] = "water"
    count: int = Field(default=1, gt=0, le=9)
    code: str = Field(default="AB", pattern="^[A-Z]+$", min_length=2, max_length=4)
    parts: list[int] = Field(default=[1], min_length=1, max_length=2)
    step: int = Field(default=0, multiple_of=5)
    free: str | None = None

    @field_validator("free")
    @classmethod
    def check(cls, value: str | None) -> str | None:
        if value == "chinese":
            raise ValueError("须写明楼号")
        if value:
            raise ValueError(f"bad {value}")
        return value


@pytest.mark.parametrize(
    ("sent", "field", "code", "rule"),
    [
        ({"kind": "x-7319"}, "kind", "not-allowed", "只能取规定的值：'water'、'gas'"),
        ({"colour": "x-7319"}, "colour", "not-allowed", "只能取规定的值：'red'、'blue'"),
        ({"count": 0}, "count", "too-small", "须大于 0"),
        ({"count": 10}, "count", "too-large", "不得大于 9"),
        ({"count": "x-7319"}, "count", "type", "须为整数"),
        ({"code": "x-7319"[:3]}, "code", "pattern", "写法不符合规定"),
        ({"code": "A"}, "code", "too-short", "至少 2 个字符"),
        ({"code": "ABCDE"}, "code", "too-long", "至多 4 个字符"),
        ({"code": 7319}, "code", "type", "须为文本"),
        ({"parts": []}, "parts", "too-few", "至少 1 项"),
        ({"parts": [1, 2, 3]}, "parts", "too-many", "至多 2 项"),
        ({"parts": [1, "x-7319"]}, "parts[1]", "type", "须为整数"),
        ({"step": 7319}, "step", "not-multiple", "须为 5 的整数倍"),
        ({"other": "x-7319"}, "other", "unknown-field", "不接受未定义的字段"),
        ({"free": "chinese"}, "free", "rule", "须写明楼号"),
        ({"free": "x-7319"}, "free", "invalid", "不符合要求"),
    ],
)
def test_each_fault_has_a_code_and_a_chinese_rule_and_does_not_repeat_the_input(
    sent: dict[str, Any], field: str, code: str, rule: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(sent)
    (error,) = field_errors([{**each, "loc": ("body", *each["loc"])} for each in caught.value.errors()])
    assert (error.field, error.code, error.rule) == (field, code, rule)
    assert error.remedy
    assert "7319" not in json.dumps(error)


def test_a_slug_means_one_kind() -> None:
    kind = define("only-for-this-test", 409, "测试")
    assert define("only-for-this-test", 409, "测试") == kind
    with pytest.raises(ValueError, match="only-for-this-test"):
        define("only-for-this-test", 400, "测试")


def test_members_of_the_caller_cannot_replace_those_of_the_standard() -> None:
    document = define("only-for-this-test", 409, "测试")("细节", status=200, limit=3).document("t" * 32)
    assert (document["status"], document["limit"], document["trace_id"]) == (409, 3, "t" * 32)


async def test_a_wrong_field_is_a_problem_with_its_path(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/v1/meters/M-1", json={"id": "secret", "length": -1}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == "urn:sqn:problem:invalid"
    assert document["code"] == "invalid"
    assert len(document["trace_id"]) == 32
    assert {(each["field"], each["code"]) for each in document["errors"]} == {
        ("id", "pattern"),
        ("place", "missing"),
        ("length", "too-small"),
    }
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "content", "media_type", "status", "code"),
    [
        ("PUT", "/v1/meters/M-1", b'{"id": ', "application/json", 400, "malformed"),
        (
            "PUT",
            "/v1/meters/M-1",
            b"id=1",
            "application/x-www-form-urlencoded",
            415,
            "unsupported-media-type",
        ),
        ("PUT", "/v1/meters/M-1", b"{}", None, 415, "unsupported-media-type"),
        ("PUT", "/v1/meters/M-1", b"[]", "application/json", 422, "invalid"),
        ("DELETE", "/v1/meters", b"", None, 405, "method-not-allowed"),
        ("GET", "/v2/meters", b"", None, 404, "not-found"),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    content: bytes,
    media_type: str | None,
    status: int,
    code: str,
) -> None:
    headers = {"If-Match": '"1"'} | ({"Content-Type": media_type} if media_type else {})
    answer = await client.request(method, path, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert status != 405 or answer.headers["allow"]


async def test_an_unexpected_error_shows_nothing_of_the_inside(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get(
        "/v1/meters/failing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert answer.json()["trace_id"] == trace
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text
    assert "swordfish" in capsys.readouterr().out


def test_a_broken_rule_is_a_conflict_with_the_code_of_the_rule() -> None:
    document = of_rule(RuleError("gap-in-days", "环节之间不得空档", "请补录环节", "stage")).document(None)
    assert (document["status"], document["code"], document["detail"]) == (
        409,
        "gap-in-days",
        "环节之间不得空档",
    )
    assert document["errors"] == [
        {"field": "stage", "rule": "环节之间不得空档", "remedy": "请补录环节", "code": "gap-in-days"}
    ]


def test_a_status_without_a_kind_of_its_own_stays_that_status() -> None:
    assert of_http(HTTPException(418)).document(None)["status"] == 418


@pytest.mark.parametrize("refused", [CharacterNotInRepertoireError, UntranslatableCharacterError])
def test_a_character_that_the_database_refuses_is_the_callers_fault(refused: type[Exception]) -> None:
    problem = of_database(DBAPIError("INSERT", {}, refused()))
    assert problem.kind.status == 422


def test_another_error_of_the_database_is_ours() -> None:
    error = DBAPIError("INSERT", {}, UndefinedTableError())
    with pytest.raises(DBAPIError) as caught:
        of_database(error)
    assert caught.value is error


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://sqn@127.0.0.1:{port}/sqn", "sqlite+aiosqlite:////dev/null/x"]
)
async def test_a_database_that_is_away_is_said_with_when_to_come_again(
    service: Service,
    make_app: Callable[[Service], FastAPI],
    issuer: LocalIssuer,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "mkdir", lambda *_args, **_named: None)
    service.database = Database(url.format(port=free_ports(1)[0]))
    async with client_of(make_app(service), issuer) as client:
        headers = {"Idempotency-Key": "1"}
        answer = await client.post("/v1/meters", json={"id": "M-1", "place": "371502"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "database-unavailable")
    assert answer.headers["retry-after"] == "5"
    assert "127.0.0.1" not in answer.text
    await service.database.close()


async def test_an_answer_is_no_longer_than_helps(client: httpx.AsyncClient) -> None:
    async def refused(faults: int) -> httpx.Response:
        body = {f"k{number}": 1 for number in range(faults)}
        answer = await client.put("/v1/meters/M-1", json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 422
        return answer

    few, many = await refused(100), await refused(20_000)
    assert len(many.json()["errors"]) == len(few.json()["errors"]) == 100
    assert len(many.content) < 1.1 * len(few.content)
