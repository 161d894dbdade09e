"""A lean HTTP load generator in a process of its own: raw sockets, so that it costs less than what it measures.

    python -m bench.load HOST PORT CONNECTIONS SECONDS < requests

Standard input holds requests, each as its length in decimal, a newline, and its bytes. Every connection sends
the next one as soon as it has its answer.
One line of JSON tells how many were answered by status, the seconds taken, and the latencies' p50 and p99 in ms.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

import uvloop

from bench.kit import ROOT, percentile

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """What a load did; latencies in milliseconds."""

    answered: dict[str, int]
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Successful answers a second. Raises RuntimeError when any other answer came."""
        if any(not status.startswith("2") for status in self.answered):
            raise RuntimeError(f"the load was not answered as it should be: {self.answered}")
        return sum(self.answered.values()) / self.seconds


async def drive(url: str, requests: Iterable[bytes], connections: int, seconds: float) -> Load:
    """Run the generator as a process and return what it reports. Raises RuntimeError when it fails."""
    host, _, port = url.removeprefix("http://").partition(":")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load", host, port, str(connections), str(seconds)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate(b"".join(b"%d\n%b" % (len(data), data) for data in requests))
    if process.returncode:
        raise RuntimeError("the load generator failed: see above")
    return Load(**json.loads(output))


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "host: bench", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _HEAD_END + body


def _requests(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        line = data.index(b"\n", at)
        end = line + 1 + int(data[at:line])
        yield data[line + 1 : end]
        at = end


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(_HEAD_END)).lower()
    if head[9:12] == b"204":
        return "204"
    at = head.index(_LENGTH) + len(_LENGTH)
    await reader.readexactly(int(head[at : head.index(b"\r", at)]))
    return head[9:12].decode()


async def answer_all(
    host: str, port: int, requests: Iterator[bytes], connections: int, seconds: float, rate: float
) -> list[tuple[float, float, str]]:
    """Send requests until they end or the time is over; return when each was answered, after how long, and how."""
    answers: list[tuple[float, float, str]] = []
    started = time.perf_counter()
    turn = 0

    async def connection() -> None:
        nonlocal turn
        reader, writer = await asyncio.open_connection(host, port)
        for data in requests:
            sent_at = time.perf_counter()
            if rate:
                # Counts from when it was to be sent, so that a server which stalls is not spared.
                sent_at, turn = started + turn / rate, turn + 1
                await asyncio.sleep(sent_at - time.perf_counter())
            if sent_at >= started + seconds:
                break
            writer.write(data)
            status = await _answer(reader)
            answered = time.perf_counter()
            answers.append((answered, answered - sent_at, status))
        writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return answers


async def _run(host: str, port: int, connections: int, seconds: float) -> Load:
    requests = _requests(sys.stdin.buffer.read())
    started = time.perf_counter()
    answers = await answer_all(host, port, requests, connections, seconds, 0)
    elapsed = time.perf_counter() - started
    p50, p99 = (1000 * percentile([latency for _, latency, _ in answers], percent) for percent in (50, 99))
    return Load(dict(Counter(status for _, _, status in answers)), elapsed, p50, p99)


if __name__ == "__main__":
    _host, _port, _connections, _seconds = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        load = runner.run(_run(_host, int(_port), int(_connections), float(_seconds)))
    print(json.dumps(asdict(load)))
