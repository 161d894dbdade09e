"""The bus port and its two adapters."""

from libs.common.bus.port import (
    Bus,
    BusError,
    Consumer,
    Message,
    Partition,
    PositionLostError,
    Producer,
    Received,
)

__all__ = [
    "Bus",
    "BusError",
    "Consumer",
    "Message",
    "Partition",
    "PositionLostError",
    "Producer",
    "Received",
]
