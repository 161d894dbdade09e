"""The bus port and its two adapters."""

from pathlib import Path

from libs.common.bus.kafka import KafkaBus
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
