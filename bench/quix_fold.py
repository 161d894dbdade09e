"""The fold that a user would build with Quix Streams: stage times, exactly once, from the same topic.

    python bench/quix_fold.py BROKER TOPIC TIMES     (in the environment of requirements/bench.txt)

Count, sum, least, greatest and log-buckets of the minutes of each cell are kept in its state; it stops after as many
stage times and prints how many seconds they took, from the first event on. Less than ours does: no facts of each
case, no rates, no pauses, no corrections, and nothing that can be asked for its figures.
"""
# mypy: disable-error-code="import-not-found"

import math
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from quixstreams import Application, State

MEASURES = ("elapsed", "working")
CELL = ("district", "utility", "supply", "stage", "length_class")
RATIO = math.log(1.02)


def main(broker: str, topic: str, times: int) -> None:
    """Fold until as many stage times are folded."""
    with tempfile.TemporaryDirectory(prefix="sqn-bench-quix-") as folder:
        application = Application(
            broker_address=broker,
            consumer_group=f"quix.{uuid4()}",
            auto_offset_reset="earliest",
            processing_guarantee="exactly-once",
            state_dir=Path(folder),
            loglevel="WARNING",
        )
        started = 0.0
        folded = 0

        def is_stage_time(_value: Any, _key: Any, _time: int, headers: Any) -> bool:
            nonlocal started
            started = started or time.perf_counter()
            return bool(dict(headers)["ce_type"].endswith(b".stage_completed.v1"))

        def fold(value: Any, state: State) -> None:
            nonlocal folded
            for measure in MEASURES:
                minutes = value[f"{measure}_minutes"]
                stored = state.get(measure, [0, 0, minutes, minutes, {}])
                count, total, least, greatest, buckets = stored
                bucket = str(round(math.log(minutes + 1) / RATIO))
                buckets[bucket] = buckets.get(bucket, 0) + 1
                state.set(
                    measure,
                    [count + 1, total + minutes, min(least, minutes), max(greatest, minutes), buckets],
                )
            folded += 1
            if folded == times:
                print(time.perf_counter() - started)
                application.stop()

        events = application.dataframe(
            application.topic(topic, value_deserializer="json", key_deserializer="str")
        )
        stages = events.filter(is_stage_time, metadata=True)
        by_cell = stages.group_by(
            lambda value: "|".join([*(value[name] for name in CELL), value["completed_at"][:7]]), name="cell"
        )
        by_cell.update(fold, stateful=True)
        application.run()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
