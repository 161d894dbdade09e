import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from libs.common.process_files import FolderInUseError, keep_files_private, make_private, only_process


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_one_process_has_a_folder_and_the_next_is_told_which(tmp_path: Path) -> None:
    with only_process(tmp_path):
        told = rf"in use by another process \(pid {os.getpid()}\)"
        for _ in range(2):
            with pytest.raises(FolderInUseError, match=told), only_process(tmp_path):
                pytest.fail("two have it")
    with only_process(tmp_path):
        pass


def test_a_folder_is_free_when_its_process_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from libs.common.process_files import only_process\n"
        "with only_process(pathlib.Path(sys.argv[1])):\n"
        "    print('mine', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        with pytest.raises(FolderInUseError, match=f"pid {process.pid}"), only_process(tmp_path):
            pytest.fail("two have it")
        process.kill()
        process.wait()
    with only_process(tmp_path):
        pass


def test_files_are_made_for_their_user_only(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        keep_files_private()
        (tmp_path / "file").touch()
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)
    assert (mode(tmp_path / "file"), mode(tmp_path / "folder")) == (0o600, 0o700)


def test_what_others_could_read_is_taken_from_them(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    file.touch()
    folder.mkdir()
    file.chmod(0o664)
    folder.chmod(0o755)
    for each in (file, folder, tmp_path / "none"):
        make_private(each)
    assert (mode(file), mode(folder)) == (0o600, 0o700)
