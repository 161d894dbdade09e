"""A digit is one of ten: no pattern of ours takes those of every script, which int() and databases read otherwise."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("libs", "services", "tools", "bench")


def patterns(source: str) -> Iterator[str]:
    """Yield the texts of a module, without its documentation, that name digits by their class.

    In bytes the class has ASCII only.
    """
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in documentation and "\\d" in text:
            yield text


@pytest.mark.parametrize("folder", FOLDERS)
def test_patterns_name_their_digits(folder: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {pattern}"
        for path in (ROOT / folder).rglob("*.py")
        for pattern in patterns(path.read_text())
    }
    assert found == set()


def test_a_planted_one_is_found() -> None:
    assert list(patterns('"""\\\\d"""\nimport re\nre.compile(r"^\\d+$")\nre.compile(rf"x{1}\\d")\n')) == [
        "^\\d+$",
        "\\d",
    ]
    assert list(patterns('import re\nre.compile(rb"\\d[0-9]")\n')) == []
