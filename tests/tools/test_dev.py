"""`make dev`: the system starts anew when the code has changed, and each API has a page to try it on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.support.running_city import ports_in_a_row
from tests.tools.test_new_service import copy_of_the_tree

PATIENCE = 90.0


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def answer(url: str) -> str:
    try:
        return httpx.get(url, timeout=2).text
    except httpx.HTTPError:
        return ""


def test_the_system_starts_anew_when_the_code_has_changed(tmp_path: Path) -> None:
    tree, log = copy_of_the_tree(tmp_path), tmp_path / "log"
    port = ports_in_a_row(tmp_path)
    command = [sys.executable, "-m", "tools.dev", "--port", str(port), "--var", str(tmp_path / "var")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--no-seed", "--no-simulator"],
            cwd=tree,
            env=os.environ | {"PYTHONPATH": str(tree)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: "Swagger UI" in answer(f"http://127.0.0.1:{port + 1}/docs"))
        file = tree / "services" / "hookup" / "bootstrap.py"
        file.write_text(file.read_text("utf-8").replace('title="报装服务"', 'title="换了名字"'), "utf-8")
        eventually(lambda: "换了名字" in answer(f"http://127.0.0.1:{port + 1}/openapi.json"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in log.read_text("utf-8")
