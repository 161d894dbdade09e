"""What production must not be configured with: by `SQN_PRODUCTION=true` a process refuses to start with any of it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings
from sqlalchemy.engine import make_url

from libs.common.database.tls import VERIFY_FULL, is_verified
from libs.common.laptop import KEYS
from libs.common.settings import KAFKA_OVER_TLS

Check = Callable[[Any, Mapping[str, Any]], str | None]
"""Returns what is wrong with the value of a setting, beside the others of its service; None when nothing is."""


def production_faults(settings: BaseSettings) -> list[str]:
    """Return what is wrong with settings for production, each with the name of its variable; empty when nothing is.

    Only what the class has is looked at, so that it serves settings of every kind of process.
    """
    prefix = settings.model_config.get("env_prefix", "").upper()
    return [f"{prefix}{name.upper()}: {fault}" for name, fault in _faults(settings)]


def _faults(settings: BaseSettings) -> Iterator[tuple[str, str]]:
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    for name, check in CHECKS.items():
        if name in values and (fault := check(values[name], values)):
            yield name, fault


def _https(url: str, _values: Mapping[str, Any]) -> str | None:
    return None if url.startswith("https://") else f"{url} is not https://"


def _database(url: str, _values: Mapping[str, Any]) -> str | None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return "SQLite is for a laptop: one file, one machine; production has PostgreSQL"
    if not is_verified(parsed):
        return f"nothing proves that the server is ours: add sslmode={VERIFY_FULL} and sslrootcert"
    return None


def _bus(url: str, values: Mapping[str, Any]) -> str | None:
    if url.startswith("sqlite:"):
        return "the embedded bus is for a laptop; production has Kafka"
    if not url.startswith(KAFKA_OVER_TLS):
        return f"events go in clear text: use {KAFKA_OVER_TLS}"
    if not values.get("bus_user"):
        return "anybody may write events to Kafka: set SQN_BUS_USER and SQN_BUS_PASSWORD"
    return None


def _laptop_keys(keys: SecretStr, _values: Mapping[str, Any]) -> str | None:
    if any(key in keys.get_secret_value() for key in KEYS.values()):
        return "a key that anybody can read in the code of the laptop"
    return None


def _second_factor(acr: str | None, _values: Mapping[str, Any]) -> str | None:
    return "administrators sign in with one factor: name the acr of two" if acr is None else None


def _docs(served: bool, _values: Mapping[str, Any]) -> str | None:
    return "a page to try the API on is served to anybody" if served else None


def _log_style(style: str, _values: Mapping[str, Any]) -> str | None:
    return None if style == "json" else f"logs in the style {style} are not collected and audited"


def _objects(url: str | None, _values: Mapping[str, Any]) -> str | None:
    endpoint = parse_qs(urlsplit(url or "").query).get("endpoint", [""])[0]
    return "files go in clear text to the endpoint http://" if endpoint.startswith("http://") else None


def _link_key(key: object, values: Mapping[str, Any]) -> str | None:
    if key is None and values.get("objects_url"):
        return "links to files fail where several processes serve: set one key for all"
    return None


def _scan(command: str | None, values: Mapping[str, Any]) -> str | None:
    return "no uploaded file is scanned for viruses" if values.get("objects_url") and not command else None


def _clock(path: object, _values: Mapping[str, Any]) -> str | None:
    return None if path is None else "the time is that of a file and not of the machine"


def _follows_templates(on: bool, _values: Mapping[str, Any]) -> str | None:
    return "templates are looked at anew for each page" if on else None


CHECKS: Final[Mapping[str, Check]] = {
    "issuer": _https,
    "administrator_acr": _second_factor,
    "jwks_url": _https,
    "public_url": _https,
    "database_url": _database,
    "bus_url": _bus,
    "objects_url": _objects,
    "link_key": _link_key,
    "scan_command": _scan,
    "clock_file": _clock,
    "wrapping_keys": _laptop_keys,
    "index_keys": _laptop_keys,
    "docs": _docs,
    "follows_templates": _follows_templates,
    "log_style": _log_style,
}
