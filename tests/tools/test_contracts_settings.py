"""The page of settings tells every setting of every process, and no secret."""

from pydantic import SecretStr

from libs.common import discovery
from libs.common.production import CHECKS
from libs.common.settings import CommonSettings
from tools.contracts_settings import settings_table


class _Settings(CommonSettings):
    port: int = 8042
    seal: SecretStr = SecretStr("swordfish")


def _build(settings: _Settings) -> None: ...


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of each setting's line, by its name."""
    lines = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    return {cells[0].strip("| `"): cells[1:] for cells in lines}


def test_every_setting_of_every_process_is_told_with_what_it_is() -> None:
    page = settings_table(discovery.services())
    told = rows(page)
    for service in discovery.services():
        for name in service.settings.model_fields:
            default, checked, what = told[f"SQN_{name.upper()}"]
            assert default
            assert what.strip(" |"), name
            assert checked.strip() in ("", "yes")
    common = rows(page.split("\n## ")[1])
    marked = {name for name, (_, checked, _) in common.items() if checked.strip()}
    assert marked == {f"SQN_{name.upper()}" for name in CHECKS if name in CommonSettings.model_fields}


def test_what_a_service_has_of_its_own_is_told_beside_and_no_secret() -> None:
    page = settings_table([discovery.DiscoveredService("meters", _build, 9)])  # type: ignore[arg-type]  # builds none
    own = page.partition("## meters")[2]
    assert {name: cells[0] for name, cells in rows(own).items()} == {"SQN_PORT": "`8042`", "SQN_SEAL": "none"}
    assert "swordfish" not in page
