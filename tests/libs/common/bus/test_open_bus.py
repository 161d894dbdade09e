import re
from pathlib import Path

import pytest

from libs.common.bus import open_bus
from libs.common.bus.kafka import KafkaBus
from libs.common.bus.sqlite_log import SqliteBus


def test_the_address_chooses_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_bus("kafka://one:9092,two:9092"), KafkaBus)
    relative, absolute = open_bus("sqlite:///data/bus.db"), open_bus("sqlite:////data/bus.db")
    assert isinstance(relative, SqliteBus)
    assert relative.path == tmp_path / "data" / "bus.db"
    assert isinstance(absolute, SqliteBus)
    assert absolute.path == Path("/data/bus.db")


@pytest.mark.parametrize("url", ["", "kafka://", "sqlite://bus.db", "sqlite:///", "redis://host"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(url))):
        open_bus(url)
