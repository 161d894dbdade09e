"""Exports as clerks ask for them, written by a worker, and what stands in their files."""

import asyncio
import io
import zipfile
from typing import Any
from urllib.parse import urlencode

import openpyxl
from sqlalchemy import select

from libs.common.worker import Loop
from services.registry.storage.exports import ACCOUNT_EXPORT
from services.registry.storage.tables import AUDIT
from tests.support.service import Answered, Client, Running

_MOST_SECONDS = 900


async def ask(client: Client, purpose: str = "SERVICE", status: int = 202, **filters: str) -> Answered:
    """Ask for an export of the accounts of a list."""
    query = f"?{urlencode(filters)}" if filters else ""
    return await client.post(f"/account-exports{query}", {"purpose": purpose}, status)


def loop_of(registry: Running) -> Loop:
    """The worker's loop that writes exports."""
    (loop,) = (loop for loop in registry.service.extra_loops if loop.name == ACCOUNT_EXPORT.name)
    return loop


async def write(registry: Running) -> None:
    """Let a worker write all that is asked for."""
    auditor, loop = registry.client("auditor"), loop_of(registry)
    async with asyncio.timeout(_MOST_SECONDS):
        while True:
            exports = (await auditor.get("/account-exports")).body["items"]
            if not {export["state"] for export in exports} & {"waiting", "writing"}:
                return
            await loop.step()


async def exported(
    registry: Running, client: Client | None = None, purpose: str = "SERVICE", **filters: str
) -> dict[str, Any]:
    """Ask for an export and let it be written; return it."""
    client = client or registry.client()
    asked = (await ask(client, purpose, 202, **filters)).body
    await write(registry)
    return (await client.get(f"/account-exports/{asked['id']}")).body


async def taken(client: Client, export: dict[str, Any], status: int = 200) -> Answered:
    """Take the file of an export."""
    return await client.get(f"/account-exports/{export['id']}/file.xlsx", status)


def members(content: bytes) -> dict[str, str]:
    """All parts of a workbook as texts."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The accounts of a workbook, by the headings of its columns."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    _title, _mark, headings, *rows, _total = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


async def entries(registry: Running) -> list[dict[str, Any]]:
    """What the audit record says of exports, the oldest first."""
    c = AUDIT.entry.c
    statement = select(AUDIT.entry).where(c.action == "EXPORT").order_by(c.recorded_at, c.id)
    async with registry.service.database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]
