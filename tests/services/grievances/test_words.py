"""What was told stands sealed: planted texts are in no table, file, event or log; who reads them is on record."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, delete, make_url, select

from services.grievances.storage.tables import data_key
from tests.services.grievances.people import (
    JPEG,
    OWNER,
    citizen,
    clerk,
    desk,
    district,
    entries,
    send,
    told,
    told_by,
    upload,
    work_on,
)
from tests.support.service import Running

PLANTED = ("槐树下的水表井", "钱某某诉求人", "13700137000", "东关街八号院")
TOLD: dict[str, Any] = dict(zip(("words", "name", "phone", "place"), PLANTED, strict=True))


async def all_rows(grievances: Running) -> str:
    """Return all that the database of the service holds, as text; bytes are read as UTF-8."""
    found = []
    async with grievances.service.database.reading() as connection:
        reflected = MetaData()
        await connection.run_sync(reflected.reflect)
        for table in reflected.sorted_tables:
            for row in await connection.execute(select(table)):
                found += [
                    bytes(value).decode(errors="replace")
                    if isinstance(value, bytes | memoryview)
                    else str(value)
                    for value in row
                ]
    return "\n".join(found)


def all_bytes(folder: Path) -> bytes:
    """Return all that stands in the files of a folder."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_no_planted_text_is_found_anywhere(
    grievances: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], migrated_url: str
) -> None:
    path = await told(grievances, **TOLD)
    own = await told_by(grievances, **TOLD)
    await upload(citizen(grievances), own)
    for each in (path, own):
        await send(grievances, each)
        await work_on(clerk(grievances), each)
        await desk(grievances).post(f"{each}/reveal", {"purpose": "CALL_BACK"})
    looked_for = {"category": "SUPPLY-NONE", "district": "371502", "words": PLANTED[0]}
    await desk(grievances).post("/grievance-suggestions", looked_for)
    await citizen(grievances).post("/grievances", TOLD | {"kind": "HELP"}, 422)
    kept = await all_rows(grievances)
    assert "SUPPLY-NONE" in kept
    assert [text for text in PLANTED if text in kept] == []
    out = capsys.readouterr()
    assert "/v1/grievances" in out.out + out.err
    assert [text for text in PLANTED if text in out.out + out.err] == []
    # Also what a deleted row would leave: the file of the database, its log, the bus, the objects.
    written = all_bytes(tmp_path)
    if make_url(migrated_url).get_backend_name() == "sqlite":
        assert b"SUPPLY-NONE" in written
    assert [text for text in PLANTED if text.encode() in written] == []


async def test_a_repeated_submission_is_the_same_one_and_keeps_no_word(grievances: Running) -> None:
    owner = citizen(grievances)
    body: dict[str, Any] = {"kind": "HELP", "category": "OTHER", "district": "371502", **TOLD}
    first, second = [await owner.post("/grievances", body, 201, key="the-same") for _ in range(2)]
    assert first.response.content == second.response.content
    assert (await owner.get("/grievances")).body["total"] == 1
    other = await owner.post("/grievances", body | {"words": "另一件事"}, 422, key="the-same")
    assert other.code == "idempotency-key-reused"


async def test_who_reads_it_whole_is_on_record_with_the_purpose_and_who_is_refused_too(
    grievances: Running,
) -> None:
    path = await told(grievances, **TOLD)
    grievance_id = path.rpartition("/")[2]
    shown = await desk(grievances).post(f"{path}/reveal", {"purpose": "CALL_BACK"})
    assert shown.body == {**TOLD}
    assert shown.response.headers["cache-control"] == "no-store"
    for purpose in ("SUPERVISE", "SUPERVISE"):
        await district(grievances).post(f"{path}/reveal", {"purpose": purpose}, key="the-same")
    # Not sent to it yet, it is none of the unit's.
    await clerk(grievances).post(f"{path}/reveal", {"purpose": "HANDLE"}, 404)
    await desk(grievances).post(f"{path}/reveal", {"purpose": "GOSSIP"}, 422)
    rows = await entries(grievances)
    assert [(row["actor"], row["purpose"], row["result"], row["slug"]) for row in rows] == [
        ("u-desk", "CALL_BACK", "OK", None),
        ("u-district", "SUPERVISE", "OK", None),
        ("u-district", "SUPERVISE", "OK", None),
        ("u-clerk", "HANDLE", "REFUSED", "not-found"),
    ]
    assert {row["subject"] for row in rows} == {grievance_id}
    assert rows[0]["fields"] == ["words", "place", "name", "phone"]


async def test_what_was_erased_is_shown_to_nobody(grievances: Running) -> None:
    path = await told(grievances, **TOLD)
    async with grievances.service.database.unit_of_work(grievances.clock.now()) as uow:
        await uow.connection.execute(delete(data_key).where(data_key.c.subject == path.rpartition("/")[2]))
    shown = (await desk(grievances).get(path)).body
    assert [shown[name] for name in TOLD] == [None] * 4
    await desk(grievances).post(f"{path}/reveal", {"purpose": "CALL_BACK"}, 404)


async def test_a_file_that_staff_take_is_on_record(grievances: Running) -> None:
    path = await told_by(grievances)
    owner = citizen(grievances)
    await upload(owner, path, JPEG)
    (file,) = (await owner.get(path)).body["files"]
    assert file["media_type"] == "image/jpeg"
    link = (await desk(grievances).post(f"{path}/files/{file['id']}/link")).body
    content = await grievances.app_get(link["url"])
    assert content.status_code == 200
    (entry,) = await entries(grievances)
    assert (entry["action"], entry["subject"]) == ("EXPORT", path.rpartition("/")[2])
    assert entry["fields"] == ["PHOTO", f"file:{file['id']}"]
    await citizen(grievances, OWNER[:-1] + "9").post(f"{path}/files/{file['id']}/link", None, 404)
    refused = await upload(owner, path, b"MZ\x90\x00", 422)
    assert refused["code"] == "file-kind"
    assert len((await owner.get(path)).body["files"]) == 1


async def test_a_photo_tells_nothing_of_who_took_it(grievances: Running) -> None:
    path = await told_by(grievances, reporter="CONFIDENTIAL")
    owner, place = citizen(grievances), b"Exif\0\0GPS 36.45N 115.98E"
    segment = b"\xff\xe1" + (len(place) + 2).to_bytes(2) + place
    await upload(owner, path, JPEG[:2] + segment + JPEG[2:])
    (file,) = (await owner.get(path)).body["files"]
    assert file["size"] == len(JPEG)
    link = (await desk(grievances).post(f"{path}/files/{file['id']}/link")).body
    assert (await grievances.app_get(link["url"])).content == JPEG
    # Of what cannot be read nothing is kept.
    for unread in (JPEG[:8], b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"):
        assert (await upload(owner, path, unread, 422))["code"] == "file-kind"


@pytest.mark.parametrize(
    "words", ["我的电话是１３８００１３８０００", "打138 0013 8000", "+86-138-0013-8000"]
)
async def test_a_number_is_masked_however_it_is_written(grievances: Running, words: str) -> None:
    path = await told(grievances, words=words)
    shown = (await desk(grievances).get(path)).body["words"]
    assert "0013" not in shown
    assert "００１３" not in shown
