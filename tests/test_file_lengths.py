"""A file is short enough to be read at once: 300 lines."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("libs", "services", "tools", "bench", "tests")
MOST_LINES = 300


def long_files(root: Path) -> set[str]:
    """Return the modules below a root that have too many lines."""
    return {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("*.py")
        if len(path.read_bytes().splitlines()) > MOST_LINES
    }


def test_a_file_has_at_most_300_lines() -> None:
    assert long_files(ROOT) == set()


def test_a_planted_one_is_found(tmp_path: Path) -> None:
    (tmp_path / "libs" / "common").mkdir(parents=True)
    for name, lines in (("short", MOST_LINES), ("long", MOST_LINES + 1)):
        (tmp_path / "libs" / "common" / f"{name}.py").write_text("x = 1\n" * lines)
    assert long_files(tmp_path) == {"libs/common/long.py"}
