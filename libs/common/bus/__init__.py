"""The bus port and its two adapters."""

from pathlib import Path

from libs.common.bus.kafka import KafkaBus
from libs.common.bus.kafka_client import KafkaAccess
from libs.common.bus.port import (
    LARGEST_MESSAGE,
    Bus,
    BusError,
    Consumer,
    Message,
    Partition,
    PositionLostError,
    Producer,
    Received,
)
from libs.common.bus.sqlite_log import SqliteBus
from libs.common.settings import KAFKA_OVER_TLS, CommonSettings
from libs.common.tls import verifying

__all__ = [
    "LARGEST_MESSAGE",
    "Bus",
    "BusError",
    "Consumer",
    "Message",
    "Partition",
    "PositionLostError",
    "Producer",
    "Received",
    "open_bus",
    "open_service_bus",
]


def open_bus(url: str, session: float = 10.0) -> Bus:
    """Return the bus at `kafka://host:port[,host:port]` or `sqlite:///path/to/bus.db`, without touching it.

    After three slashes a path is relative and after four absolute, as in database URLs. `session`
    is the seconds without a poll after which a member's partitions go to others. Raises ValueError.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "kafka" and rest:
        return KafkaBus(rest, session)
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return SqliteBus(Path(rest[1:]), session)
    raise ValueError(f"{url!r} is neither kafka://host:port nor sqlite:///path/to/bus.db")


def open_service_bus(settings: CommonSettings) -> Bus:
    """Return the bus that a service's settings name, with their credentials, without touching it.

    Raises ValueError as `open_bus` does, and OSError for a file without CA certificates.
    """
    servers = settings.bus_url.removeprefix(KAFKA_OVER_TLS)
    if servers == settings.bus_url:
        return open_bus(settings.bus_url)
    access = KafkaAccess(
        servers,
        verifying(settings.bus_ca_file),
        settings.bus_user,
        settings.bus_password,
        settings.bus_mechanism,
    )
    return KafkaBus(access)
