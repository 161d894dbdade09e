"""The collector of cyclic garbage, set for a process that serves: its pauses are the longest waits of a caller."""

import gc


def collect_seldom() -> None:
    """Leave what is loaded by now out of every collection, and collect what comes after it less often.

    Requests and events leave hardly any cycles behind: without this a fifth of a command's time goes into looking for
    them, and a full collection walks through every module, route and schema while all callers wait.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
