"""Settings of Python's cyclic garbage collector for server processes, where its pauses set the tail latency."""

import gc


def collect_seldom() -> None:
    """Freeze all present objects, and collect later ones less often.

    Requests and events create hardly any cycles: by default a fifth of a command's time is spent looking for them,
    and a full collection traverses every module, route and schema while all callers wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
