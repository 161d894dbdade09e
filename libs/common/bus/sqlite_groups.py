"""The groups of the SQLite bus: their members, and which partitions each of them has."""

import sqlite3
from collections import defaultdict

from libs.common.bus.port import Partition
from libs.common.bus.sqlite_file import partitions


def now(connection: sqlite3.Connection) -> int:
    """Return the milliseconds since 1970 on the clock that all processes on the file share."""
    query = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    return int(connection.execute(query).fetchone()[0])


def generation(connection: sqlite3.Connection, group: str) -> int:
    """Return the number that rises whenever the group is divided anew."""
    return int(connection.execute("SELECT generation FROM team WHERE name = ?", (group,)).fetchone()[0])


def raise_generation(connection: sqlite3.Connection, group: str) -> None:
    """Divide the group anew: every member looks up its part again."""
    connection.execute(
        "INSERT INTO team VALUES (?, 1) ON CONFLICT DO UPDATE SET generation = generation + 1", (group,)
    )


def is_member(connection: sqlite3.Connection, group: str, name: str) -> bool:
    """Say whether a member's session has not ended."""
    query = "SELECT 1 FROM member WHERE team = ? AND name = ? AND expires_at > ?"
    return connection.execute(query, (group, name, now(connection))).fetchone() is not None


def part(connection: sqlite3.Connection, group: str, name: str) -> dict[Partition, int]:
    """Divide a group's partitions in turn among its members; return a member's part with its positions."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for topic, member in connection.execute(
        "SELECT topic, name FROM member WHERE team = ? ORDER BY name", (group,)
    ):
        members[topic].append(member)
    lanes = [
        Partition(topic, number)
        for topic in sorted(members)
        for number in range(partitions(connection, topic))
    ]
    stored = "SELECT topic, number, place FROM position WHERE team = ?"
    positions = {
        Partition(topic, number): place for topic, number, place in connection.execute(stored, (group,))
    }
    return {
        lane: positions.get(lane, 0)
        for turn, lane in enumerate(lanes)
        if members[lane.topic][turn % len(members[lane.topic])] == name
    }
