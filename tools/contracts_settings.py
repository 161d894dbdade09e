"""`contracts/settings.md`: what each process reads from its environment, from the classes of its settings."""

from collections.abc import Iterable, Iterator

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from libs.common.discovery import DiscoveredService
from libs.common.production import CHECKS
from libs.common.settings import CommonSettings

_HEAD = """# Settings

What each process reads from its environment. With `SQN_PRODUCTION=true` a service does not start while a setting that
is marked here is unfit for production; all of them are named at once (`libs/common/production.py`).
"""
_COLUMNS = "\n| setting | default | production checks it | what |\n|---|---|---|---|\n"


def settings_table(services: Iterable[DiscoveredService]) -> str:
    """Return the page: what every service with a database reads, then what each reads besides."""
    common = CommonSettings.model_fields
    parts = [_HEAD, "\n## Every service with a database\n", _COLUMNS, *_rows(CommonSettings, common)]
    for service in services:
        fields = service.settings.model_fields
        known = common if issubclass(service.settings, CommonSettings) else {}
        own = {
            name: field for name, field in fields.items() if name not in known or _differs(field, known[name])
        }
        if own:
            parts += [f"\n## {service.name}\n", _COLUMNS, *_rows(service.settings, own)]
    return "".join(parts)


def _differs(field: FieldInfo, common: FieldInfo) -> bool:
    return bool(field.default != common.default)


def _rows(settings: type[BaseSettings], fields: dict[str, FieldInfo]) -> Iterator[str]:
    prefix = str(settings.model_config.get("env_prefix", "")).upper()
    for name, field in fields.items():
        checked = "yes" if name in CHECKS and "production" in settings.model_fields else ""
        common = CommonSettings.model_fields.get(name, field)
        what = (field.description or common.description or "").replace("|", "\\|")
        yield f"| `{prefix}{name.upper()}` | {_default(field)} | {checked} | {what} |\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**has to be set**"
    if field.default is None or isinstance(field.default, SecretStr):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
