"""A process for tests to kill: `write URL TOPIC BATCH` or `read URL GROUP TOPIC`.

The writer sends numbered batches for ever and prints the number of each one that was acknowledged. The reader
polls, prints how many messages it got, and stops polling without a commit.
"""

import asyncio
import sys

from libs.common.bus import Message, open_bus
from tests.support.bus import SHORT_SESSION


async def write(url: str, topic: str, size: str) -> None:
    producer = await open_bus(url, SHORT_SESSION).producer()
    number = 0
    while True:
        await producer.send([Message(topic, f"key-{each}", b"%d" % number) for each in range(int(size))])
        print(number, flush=True)
        number += 1


async def read(url: str, group: str, topic: str) -> None:
    consumer = await open_bus(url, SHORT_SESSION).consumer(group, [topic])
    while not (batch := await consumer.poll(500, 1.0)):
        pass
    print(len(batch), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run({"write": write, "read": read}[sys.argv[1]](*sys.argv[2:]))
