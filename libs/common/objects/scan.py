"""The hook for a virus scanner: a command of the operator that checks each file before it is stored."""

import asyncio
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import BinaryIO

import structlog

from libs.common.objects.store import FILES_UNAVAILABLE
from libs.common.problems import define

log = structlog.get_logger(__name__)

FILE_REFUSED = define("file-refused", 422, "文件未通过安全检查")
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scan:
    """A command that gets a file's path as its last argument and exits with 0 for a clean one; None skips it."""

    command: str | None
    seconds: float = SECONDS

    async def __call__(self, file: BinaryIO) -> None:
        """Scan a file. Raises `file-refused`, and `files-unavailable` where the command fails."""
        if self.command is not None:
            await asyncio.to_thread(self._look, shlex.split(self.command), file)

    def _look(self, command: list[str], file: BinaryIO) -> None:
        with tempfile.NamedTemporaryFile(prefix="sqn-scan-") as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            try:
                ended = subprocess.run(  # noqa: S603  # the operator's own command, without a shell
                    [*command, copy.name],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=self.seconds,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                # An unscanned file is refused.
                log.error("scan_failed", error=type(error).__name__)
                raise FILES_UNAVAILABLE("安全检查暂时无法进行，请稍后重试") from error
        file.seek(0)
        if ended.returncode:
            log.warning("file_refused", exit_code=ended.returncode)
            raise FILE_REFUSED("请确认文件来源，重新扫描或拍摄后再上传")
