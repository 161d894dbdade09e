"""An entry of the audit record: who did what with whose data, when, from where, what for, and whether it was let.

Pure. Codes and ids alone: nothing of a person but the source address (PIPL §51, §54; 网络安全法 §21).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import msgspec

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,59}")
_SUBJECT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Action(StrEnum):
    """What was done."""

    SIGN_IN = "SIGN_IN"
    SIGN_OUT = "SIGN_OUT"
    SEARCH = "SEARCH"
    # Many persons' data opened to look for some of them: they are not shown, nor named in the entry.
    SCAN = "SCAN"
    READ = "READ"
    REVEAL = "REVEAL"
    EXPORT = "EXPORT"
    DISCLOSE = "DISCLOSE"
    CHANGE = "CHANGE"
    RESTRICT = "RESTRICT"
    ERASE = "ERASE"
    GRANT = "GRANT"
    REVOKE = "REVOKE"
    BREAK_GLASS = "BREAK_GLASS"


ACTION_NAMES: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.SIGN_IN: "登录",
        Action.SIGN_OUT: "退出",
        Action.SEARCH: "查找",
        Action.SCAN: "逐户查找",
        Action.READ: "查看（脱敏）",
        Action.REVEAL: "查看明文",
        Action.EXPORT: "导出",
        Action.DISCLOSE: "向他方提供",
        Action.CHANGE: "更改",
        Action.RESTRICT: "停止处理",
        Action.ERASE: "删除个人信息",
        Action.GRANT: "授权",
        Action.REVOKE: "撤销授权",
        Action.BREAK_GLASS: "应急访问",
    }
)


class Result(StrEnum):
    """Whether it was let."""

    OK = "OK"
    REFUSED = "REFUSED"


RESULT_NAMES: Final[Mapping[Result, str]] = MappingProxyType({Result.OK: "已办理", Result.REFUSED: "已拒绝"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What is recorded. `actor` is the account, `subject` the person whose data it is about, each by its id.

    `fields` are the names of what was shown or changed; `slug` is the problem by which it was refused. Raises
    ValueError for a text that is no code: an entry outlives the data, and is erased with nobody.
    """

    action: Action
    actor: str
    roles: tuple[str, ...]
    unit: str
    source_address: str
    purpose: str
    occurred_at: datetime
    subject: str | None = None
    fields: tuple[str, ...] = ()
    result: Result = Result.OK
    slug: str | None = None

    def __post_init__(self) -> None:
        for name, code in (("purpose", self.purpose), *(("fields", field) for field in self.fields)):
            if not _CODE.fullmatch(code):
                raise ValueError(
                    f"{name}: a code of letters, digits, dots and dashes, of 60 characters at most"
                )
        if self.subject is not None and not _SUBJECT.fullmatch(self.subject):
            raise ValueError("subject: the id of a person, never what says who it is")
        if (self.slug is None) is (self.result is Result.REFUSED):
            raise ValueError("slug: the reason of a refusal, and of nothing else")


def canonical(row: Mapping[Any, Any]) -> bytes:
    """Return what an entry's code is made over: every column as it was written, each in its place."""
    return msgspec.json.encode([row[name] for name in WRITTEN])


WRITTEN: Final = (
    "id",
    "occurred_at",
    "recorded_at",
    "actor",
    "roles",
    "unit",
    "source_address",
    "purpose",
    "subject",
    "fields",
    "action",
    "result",
    "slug",
)
"""The columns of an entry that are written once; the others are its codes and its place in the chain."""
