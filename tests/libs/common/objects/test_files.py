"""Only a file of a known kind that the scanner finds good is stored."""

import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pydantic import ValidationError

from libs.common.objects import (
    FILE_KIND,
    FILE_REFUSED,
    FILES_UNAVAILABLE,
    Files,
    MediaType,
    ObjectMissingError,
    open_files,
)
from libs.common.problems import TOO_LARGE, Problem, ProblemKind
from libs.common.settings import CommonSettings

KEY = "hookup/case-1/file-1"
PDF = b"%PDF-1.7 "


def settings(**more: object) -> CommonSettings:
    return CommonSettings.model_validate(
        {"database_url": "sqlite+aiosqlite:///-", "bus_url": "-", "issuer": "-", "jwks_url": "-", **more}
    )


def files(tmp_path: Path, **more: object) -> Files:
    return open_files(settings(objects_url=f"file://{tmp_path}/objects", largest_file_mb=1, **more))


async def refuses(kind: ProblemKind, kept: Files, content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        await kept.keep(KEY, BytesIO(content))
    assert refused.value.kind == kind
    with pytest.raises((ObjectMissingError, Problem)):
        await kept.store.get(KEY)


async def test_a_good_file_is_stored_as_what_it_is(tmp_path: Path) -> None:
    kept = files(tmp_path, scan_command=f"{sys.executable} -c pass")
    found = await kept.keep(KEY, BytesIO(PDF))
    assert (found.media_type, found.size) == (MediaType.PDF, len(PDF))
    size, chunks = await kept.store.get(KEY)
    assert (size, b"".join([each async for each in chunks])) == (len(PDF), PDF)


async def test_an_unknown_kind_a_bad_file_and_a_large_one_are_not_stored(tmp_path: Path) -> None:
    await refuses(FILE_KIND, files(tmp_path), b"<html>")
    await refuses(FILE_KIND, files(tmp_path), b"")
    await refuses(
        FILE_REFUSED, files(tmp_path, scan_command=f"{sys.executable} -c 'raise SystemExit(1)'"), PDF
    )
    await refuses(TOO_LARGE, files(tmp_path), PDF + bytes(2**20))


async def test_without_an_address_uploads_are_refused_and_the_service_starts() -> None:
    await refuses(FILES_UNAVAILABLE, open_files(settings()), PDF)


def test_settings_that_do_not_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="objects are kept at"):
        open_files(settings(objects_url="objects"))
    for wrong in ({"link_key": "short"}, {"largest_file_mb": 0}, {"largest_file_mb": 65}):
        with pytest.raises(ValidationError):
            settings(**wrong)


async def test_processes_with_one_key_follow_each_others_links(tmp_path: Path) -> None:

    key = "a key of two processes, 32 bytes."
    one, other = (files(tmp_path, link_key=key) for _ in range(2))
    await one.keep(KEY, BytesIO(PDF))
    link = one.links.make(KEY, file_name="a.pdf", media_type="application/pdf", valid=timedelta(minutes=10))
    assert (await other.links.follow(link.token)).size == len(PDF)
