"""Versions in ETag and If-Match (RFC 9110), which prevent lost updates."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from libs.common.problems import define

PRECONDITION_REQUIRED = define("if-match-missing", 428, "缺少 If-Match")
PRECONDITION_INVALID = define("if-match-invalid", 400, "If-Match 不符合要求")
VERSION_CHANGED = define("version-changed", 412, "内容已被他人修改")
# What callers are told of a version that they name.
IF_MATCH_TEXT: Final = (
    "所依据的版本，即上次读取时的 ETag；多个以逗号分隔，* 为任何版本。"
    "其后只有到期计时和日历调整引起的变化时仍然有效；有人办理过时答 412，并在 changes 中列出办理的事项、时间和经办人"
)

# RFC 9110 §8.8.3; empty members of a list are ignored (§5.6.1).
_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST: Final = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,(?:[ \t]*{_TAG})?)*[ \t]*", re.ASCII)
_STRONG: Final = re.compile(r'(?<!W/)"([0-9]{1,9})"')


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions that a caller accepts; None is any (`*`)."""

    versions: frozenset[int] | None

    def check(self, actual: int, acted: int | None = None) -> int:
        """Return the present version. Raises `version-changed` unless the caller accepts it.

        `acted` is the version that the last act of a person or another system made: what came after it came from
        timers and the calendar, and conflicts with nobody. None: every change conflicts.
        """
        if not self.accepts(actual, acted):
            raise version_changed()
        return actual

    def accepts(self, actual: int, acted: int | None = None) -> bool:
        """Tell whether the caller has seen every change that conflicts, as `check` does."""
        first = actual if acted is None else acted
        return self.versions is None or any(first <= version <= actual for version in self.versions)


def etag(version: int) -> str:
    """Return the strong ETag of a version."""
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    """Set the ETag of an answer."""
    response.headers["ETag"] = etag(version)


async def expected_version(request: Request) -> Expected:
    """Return the versions that If-Match names. Raises `if-match-missing` and `if-match-invalid`.

    Tags are compared strongly: a weak or foreign tag matches nothing (RFC 9110 §13.1.1).
    """
    values = request.headers.getlist("if-match")
    if not values:
        raise PRECONDITION_REQUIRED("请在 If-Match 中写明所依据的版本，即上次读取时的 ETag")
    value = ",".join(values)
    if value.strip() == "*":
        return Expected(None)
    if not _LIST.fullmatch(value):
        raise PRECONDITION_INVALID('请写作带引号的 ETag，如 "7"，多个以逗号分隔，或写作 *')
    return Expected(frozenset(int(version) for version in _STRONG.findall(value)))


def check_version(actual: int, expected: int) -> None:
    """Raise `version-changed` unless the caller has seen the present version."""
    if actual != expected:
        raise version_changed()


def version_changed() -> Exception:
    """Return the problem of an UPDATE that found another version."""
    return VERSION_CHANGED("请重新读取后再提交")


ExpectedVersion = Annotated[Expected, Depends(expected_version)]
