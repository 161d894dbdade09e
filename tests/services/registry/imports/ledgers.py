"""Ledgers of accounts as utilities hand them in, and their jobs done."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from libs.common.database.tables import house
from tests.services.registry.samples import credit_code, mobile, resident_id
from tests.support.service import Client, Running

HEADINGS = (
    "户号",
    "用户名称",
    "用户类型",
    "证件类型",
    "证件号码",
    "手机号",
    "固定电话",
    "联系人",
    "地址",
    "用途",
    "价格类别",
)


def enterprise(serial: int = 1, **more: str) -> dict[str, str]:
    """A row of an enterprise's account."""
    row = {
        "户号": f"W-{serial:06d}",
        "用户名称": f"示例第{serial}商贸有限公司",
        "用户类型": "单位",
        "证件号码": credit_code(serial),
        "手机号": mobile(serial),
        "联系人": "王某",
        "地址": f"聊城市东昌府区古楼街道东关街{serial}号",
        "用途": "商业",
        "价格类别": "非居民",
    }
    return row | more


def home(serial: int = 1, **more: str) -> dict[str, str]:
    """A row of a person's account."""
    row = {
        "户号": f"W-{500_000 + serial:06d}",
        "用户名称": "李某某",
        "用户类型": "个人",
        "证件类型": "身份证",
        "证件号码": resident_id(serial),
        "手机号": mobile(5_000_000 + serial),
        "地址": f"东昌府区古楼街道东关街{serial}号",
        "用途": "居民",
        "价格类别": "居民",
    }
    return row | more


def file_of(
    rows: Iterable[Mapping[str, str]], headings: Iterable[str] = HEADINGS, encoding: str = "gb18030"
) -> bytes:
    """A .csv file of rows, as Excel in Chinese saves it."""
    target = io.StringIO()
    writer = csv.writer(target)
    names = list(headings)
    writer.writerow(names)
    writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return target.getvalue().encode(encoding)


async def hand_in(clerk: Client, content: bytes, mode: str = "good") -> str:
    """Hand a file in; return the path of its job."""
    answer = await clerk.http.post(
        "/v1/account-imports",
        files={"file": ("用户清册.csv", content)},
        data={"mode": mode},
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert answer.status_code == 202, answer.text
    return f"/account-imports/{answer.json()['id']}"


async def work(registry: Running, *, steps: int | None = None) -> None:
    """Let a worker do so many slices, by default until no job is left."""
    (loop,) = (loop for loop in registry.service.extra_loops if loop.name == "accounts-import")
    clerk = registry.client()
    while steps is None or steps > 0:
        states = {job["state"] for job in (await clerk.get("/account-imports")).body["items"]}
        if steps is None and not states & {"checking", "loading"}:
            return
        await loop.step()
        steps = None if steps is None else steps - 1


async def read_in(registry: Running, content: bytes, mode: str = "good") -> dict[str, Any]:
    """Read a file in for the utility W-371502; return the finished job."""
    clerk = registry.client()
    path = await hand_in(clerk, content, mode)
    await work(registry)
    return (await clerk.get(path)).body


async def expire_leases(registry: Running) -> None:
    """Let who holds a lease be gone."""
    async with registry.service.database.unit_of_work(registry.clock.now()) as uow:
        await uow.connection.execute(house.tables["lease"].delete())
