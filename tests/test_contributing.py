"""CONTRIBUTING.md is followed to the letter: a service, a verb and a figure, each with its tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.test_new_service import copy_of_the_tree

PAGE = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
STEPS = re.findall(r"```(sh|diff)\n(.*?)```", PAGE, re.DOTALL)
PYTHON = ".venv/bin/python"


def follow(tree: Path, command: list[str]) -> None:
    """Do one step in the tree; what it says is shown when it fails."""
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}:\n{(done.stdout + done.stderr)[-6000:]}"


@pytest.mark.timeout(600)
def test_what_the_page_says_is_done_step_by_step(tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    for language, text in STEPS:
        if language == "diff":
            change = tmp_path / "change.diff"
            change.write_text(text, "utf-8")
            follow(tree, ["git", "apply", str(change)])
            continue
        for line in text.splitlines():
            python, *rest = line.split(" ")
            assert python == PYTHON
            follow(tree, [sys.executable, *rest])
    ruff = str(Path(sys.executable).with_name("ruff"))
    for check in (["format", "--check"], ["check"]):
        follow(tree, [ruff, *check, "--no-cache", "."])
    follow(tree, [sys.executable, "-m", "tools.contracts", "--check"])


def test_the_page_has_its_three_walks() -> None:
    assert re.findall(r"^## Your first (\w+)$", PAGE, re.MULTILINE) == ["service", "verb", "figure"]
    assert [language for language, _ in STEPS] == ["sh", "diff", "sh", "diff", "sh"]
