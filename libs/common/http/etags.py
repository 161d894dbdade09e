"""Versions in ETag and If-Match, so that no one overwrites a change that was not seen."""

import re
from typing import Annotated

from fastapi import Depends, Request, Response

from libs.common.problems import define

PRECONDITION_REQUIRED = define("if-match-missing", 428, "缺少 If-Match")
VERSION_CHANGED = define("version-changed", 412, "内容已被他人修改")

_STRONG = re.compile(r'"(\d{1,9})"')


def etag(version: int) -> str:
    """Return the strong ETag of a version."""
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    """Put the ETag of a version on an answer."""
    response.headers["ETag"] = etag(version)


async def expected_version(request: Request) -> int:
    """Return the version that If-Match names. Raises `if-match-missing` and `version-changed`.

    `*` names no version and counts as missing; what is no strong ETag of ours can match nothing.
    """
    value = request.headers.get("if-match")
    if value is None or value.strip() == "*":
        raise PRECONDITION_REQUIRED("请在 If-Match 中写明所依据的版本，即上次读取时的 ETag")
    match = _STRONG.fullmatch(value.strip())
    if match is None:
        raise version_changed()
    return int(match[1])


def check_version(actual: int, expected: int) -> None:
    """Raise `version-changed` unless the caller has seen the present version."""
    if actual != expected:
        raise version_changed()


def version_changed() -> Exception:
    """Return the problem for an UPDATE that found another version."""
    return VERSION_CHANGED("请重新读取后再提交")


ExpectedVersion = Annotated[int, Depends(expected_version)]
