"""How a case is stored: flat, under the names of its fields, whichever part of the case a field belongs to."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.hookup.domain.case import Case

# As a release stored them in which a case had no parts yet: the cases of the examples in `contracts/`.
STORED = json.loads(Path(__file__).with_name("stored_cases.json").read_bytes())


@pytest.mark.parametrize("record", STORED, ids=lambda record: str(record["number"]))
def test_a_case_is_read_and_stored_in_the_form_of_before_there_were_parts(record: dict[str, Any]) -> None:
    case = msgspec.json.decode(json.dumps(record), type=Case)
    stored = json.loads(msgspec.json.encode(case))
    # The permit items that the next save writes, under the old and the new name: a row has none, a save empties it.
    record = {name: value for name, value in record.items() if name != "touched"}
    assert stored.pop("dirty_permits") == []
    assert [stored.pop(name) for name in ("notes", "watchers", "watch_changes")] == [[], [], {}]
    assert record.keys() <= stored.keys()
    # What was added since is null there.
    assert _known(stored) == _known(record)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(item) for name, item in value.items() if item is not None}
    return [_known(item) for item in value] if isinstance(value, list) else value
