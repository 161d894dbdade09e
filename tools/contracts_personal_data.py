"""The inventory of personal data in columns, `contracts/personal-data.md`, and the columns that say nothing of it.

A column whose name or type could hold something of a person is sealed, or its `info` says why it holds nothing
(`impersonal`), or what stands in it in the clear and why (`unsealed`).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Uuid

from libs.common import discovery
from libs.common.database.tables import house
from libs.common.database.types import UtcDateTime
from libs.common.encryption.columns import Personal
from tools.contracts_events import PERSONAL

LONGEST_CODE: Final = 120
"""What is longer than the longest id or code of ours is a free text."""
PLATFORM: Final = "platform"
_HEAD: Final = """# 个人信息清单

由各服务的表的声明生成（`make contracts`）。一列的名称或类型可能含个人信息而未作声明的，检查不通过。

- “加密”的列以每人一把的数据密钥加密，删除个人信息即销毁其密钥；“可检索”的另存盲索引。
- “整条加密”的列以各表的密钥加密整条记录，换到另一行即无法解密；它不随个人信息的删除而销毁。
- “成块加密”的列是索引：各块大小相同，以索引密钥加密，无密钥不能辨认是哪个词、有多少；已删除的内容随后从中除去。
- 级别 L3 为个人信息，L4 为敏感个人信息。
- “未加密”的列可能含个人信息，并写明理由；“不含”的列经声明不含个人信息。
"""


def tables() -> Mapping[str, MetaData]:
    """Return the tables of every service with a database by its name, and those that all have."""
    modules = {name: discovery.module_of(name, "storage.tables") for name in discovery.names()}
    own = {name: module.metadata for name, module in modules.items() if module is not None}
    return {PLATFORM: house, **own}


def undeclared(services: Mapping[str, MetaData]) -> list[str]:
    """Return in words the columns of services that could hold personal data and do not say what they hold."""
    return [
        f"{name}: {table.name}.{column.name} could hold personal data: seal it (`sealed_columns`, "
        "`sealed_record`), or say in its `info` why it holds none (`impersonal`) or stands in the clear (`unsealed`)"
        for name, metadata in sorted(services.items())
        for table in metadata.sorted_tables
        for column in table.columns
        if _could_be_personal(column)
        and not column.info.keys()
        & {"personal", "sealed_record", "index_of", "impersonal", "unsealed", "sealed_index"}
    ]


def _could_be_personal(column: Column[Any]) -> bool:
    kind = column.type
    is_free = isinstance(kind, JSON | LargeBinary) or (
        isinstance(kind, String) and (kind.length is None or kind.length > LONGEST_CODE)
    )
    is_plain = isinstance(kind, Boolean | Integer | UtcDateTime | Uuid)
    return is_free or (not is_plain and PERSONAL.search(column.name) is not None)


def inventory_text(titles: Mapping[str, str]) -> str:
    """Return the inventory for auditors; `titles` are the services' names for people."""
    return _HEAD + "".join(
        line
        for name, metadata in tables().items()
        for line in _service(name, titles.get(name, "各服务共有的表"), metadata)
    )


def _service(name: str, title: str, metadata: MetaData) -> Iterator[str]:
    found = [
        row for table in metadata.sorted_tables for column in table.columns for row in _row(table, column)
    ]
    yield f"\n## {title} `{name}`\n\n"
    yield "| 列 | 内容 | 级别 | 脱敏 | 保护 |\n| --- | --- | --- | --- | --- |\n"
    # What holds something of a person first.
    yield from sorted(found, key=lambda row: row.endswith("| 不含 |\n"))


def _row(table: Table, column: Column[Any]) -> Iterator[str]:
    path = f"`{table.name}.{column.name}`"
    match column.info:
        case {"personal": Personal() as personal}:
            found = "，可检索" if personal.is_found else ""
            yield f"| {path} | {personal.label} | {personal.level} | `{personal.mask}` | 加密{found} |\n"
        case {"sealed_record": (label, _)}:
            yield f"| {path} | {label} | L3 | — | 整条加密 |\n"
        case {"sealed_index": label}:
            yield f"| {path} | {label} | L4 | — | 成块加密，可检索 |\n"
        case {"unsealed": (label, reason)}:
            yield f"| {path} | {label} | L3 | — | 未加密：{reason} |\n"
        case {"impersonal": reason}:
            yield f"| {path} | {reason} | — | — | 不含 |\n"
