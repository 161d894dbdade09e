import subprocess
import sys

_PROBE = """
import gc, weakref
from libs.common.gc_tuning import collect_seldom

class Ring:
    def __init__(self):
        self.me = self

collect_seldom()
kept = gc.get_freeze_count()
lost = weakref.ref(Ring())
kept_alive = []
while lost() is not None and len(kept_alive) < 100_000:
    kept_alive.append([])
print(kept > 0, lost() is None)
"""


def test_what_is_loaded_is_left_out_and_later_cycles_are_collected_all_the_same() -> None:
    """In a process of its own: the setting is one for the whole process."""
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
