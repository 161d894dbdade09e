"""Services may not import each other: that they call a thing by one name is seen here."""

from services.console import show
from services.hookup.domain import names as hookup
from services.hookup.domain.pauses import PAUSE_GROUNDS
from services.hookup.domain.stages import STAGE_NAMES
from services.metrics.domain import facts, names


def test_metrics_calls_things_as_hookup_does() -> None:
    assert {str(code): name for code, name in hookup.CLASS_NAMES.items()} == names.LENGTH_NAMES
    assert {str(code): ground.name for code, ground in PAUSE_GROUNDS.items()} == names.REASON_NAMES
    assert {str(code): name for code, name in hookup.READING_NAMES.items()} == names.READING_NAMES
    of_its_own = {facts.TOTAL, facts.NO_STAGE, facts.AWAITING}
    assert {str(code): name for code, name in STAGE_NAMES.items()} == {
        code: name for code, name in facts.STAGE_NAMES.items() if code not in of_its_own
    }


def test_the_console_calls_things_as_hookup_does() -> None:
    assert {str(code): name for code, name in hookup.BASIS_NAMES.items()} == show.BASES
