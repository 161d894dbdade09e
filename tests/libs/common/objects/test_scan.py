"""What the operator's scanner says decides; where it says nothing, no file is taken."""

import shlex
import sys
from io import BytesIO
from pathlib import Path

import pytest

from libs.common.objects import FILE_REFUSED, FILES_UNAVAILABLE, Scan
from libs.common.problems import Problem, ProblemKind

# Bad is a file with the word of the test; it also keeps the path that it was given.
SCANNER = """
import pathlib, sys
path = pathlib.Path(sys.argv[-1])
pathlib.Path(sys.argv[1]).write_text(str(path))
sys.exit(7 if b"EICAR" in path.read_bytes() else 0)
"""


def scan(tmp_path: Path, script: str = SCANNER, seconds: float = 30) -> Scan:
    scanner = tmp_path / "the scanner.py"
    scanner.write_text(script)
    return Scan(shlex.join([sys.executable, str(scanner), str(tmp_path / "seen")]), seconds)


def seen_exists(tmp_path: Path) -> bool:
    return Path((tmp_path / "seen").read_text()).exists()


async def refuses(kind: ProblemKind, look: Scan, content: bytes = b"well") -> None:
    with pytest.raises(Problem) as refused:
        await look(BytesIO(content))
    assert refused.value.kind == kind


async def test_a_good_file_passes_and_no_copy_stays(tmp_path: Path) -> None:
    file = BytesIO(b"a good file")
    file.seek(3)
    await scan(tmp_path)(file)
    assert file.tell() == 0
    assert not seen_exists(tmp_path)


async def test_a_bad_file_is_refused_and_no_copy_stays(tmp_path: Path) -> None:
    await refuses(FILE_REFUSED, scan(tmp_path), b"an EICAR file")
    assert not seen_exists(tmp_path)


async def test_a_scanner_that_does_not_end_or_is_not_there_lets_no_file_pass(tmp_path: Path) -> None:
    await refuses(FILES_UNAVAILABLE, scan(tmp_path, "import time; time.sleep(600)", 0.2))
    await refuses(FILES_UNAVAILABLE, Scan(str(tmp_path / "none")))


async def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    await refuses(FILES_UNAVAILABLE, Scan("true; true"))


async def test_without_a_command_every_file_passes() -> None:
    await Scan(None)(BytesIO(b"an EICAR file"))
