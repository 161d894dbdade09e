"""The command `log-report FILE --mapping MAPPING` of a service: figures of the log of a utility's own system.

MAPPING is YAML or JSON with the fields of `LogMapping`. Nothing is stored: a log has neither site nor customer,
which records need.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Generic

import msgspec
from rich.console import Console
from rich.table import Table

from libs.common.problems import Problem
from libs.common.service import Service
from libs.workbooks.event_logs.event_log import LogMapping, S
from libs.workbooks.event_logs.log_figures import Figure, LogReport, report_log

_MINUTE = 60_000_000
_BAD_SHOWN = 20


@dataclass(frozen=True, slots=True)
class LogCommand(Generic[S]):
    """The command for logs of a service's stages, given in order."""

    mapping: type[LogMapping[S]]
    names: Mapping[S, str]

    def add_commands(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Add the command to the service's command line."""
        parser = commands.add_parser(
            "log-report", help="count, mean, median and p90 of each activity of an event log"
        )
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, required=True)
        # Nothing is stored, so the command needs no service.
        parser.set_defaults(run=self._run, build=None)

    async def _run(self, _: Service | None, arguments: argparse.Namespace) -> int:
        try:
            content, mapping = await asyncio.to_thread(self._read, arguments.file, arguments.mapping)
            report = await asyncio.to_thread(report_log, content, mapping, self.names)
        except (OSError, Problem, msgspec.MsgspecError) as error:
            print(f"{arguments.file.name}: {error}", file=sys.stderr)
            return 2
        self._show(report, Console())
        return 0

    def _read(self, file: Path, mapping: Path) -> tuple[bytes, LogMapping[S]]:
        return file.read_bytes(), msgspec.yaml.decode(mapping.read_bytes(), type=self.mapping)

    def _show(self, report: LogReport[S], console: Console) -> None:
        """Print the figures, in minutes, and the oddities."""
        console.print(f"{report.cases} 件，{report.events} 个事件；用时单位：分钟")
        for title, figures in (("各活动用时", report.activities), ("各环节用时", report.stages)):
            table = Table("名称", "环节", "事件", "有用时", "平均", "中位数", "90分位数", title=title)
            for figure in figures:
                table.add_row(*self._row(figure))
            console.print(table)
        for kind, count in report.oddities.items():
            console.print(f"{kind}：{count}")
        if report.bad_rows:
            shown = "、".join(map(str, report.bad_rows[:_BAD_SHOWN]))
            console.print(f"缺编号、活动或时间而未读的行：{len(report.bad_rows)}（{shown}）")

    def _row(self, figure: Figure[S]) -> tuple[str, ...]:
        stage = self.names[figure.stage] if figure.stage else "—"
        times = (figure.mean, figure.median, figure.p90)
        return (figure.name, stage, str(figure.events), str(figure.timed), *map(_minutes, times))


def _minutes(microseconds: Fraction | int | None) -> str:
    return "—" if microseconds is None else f"{float(Fraction(microseconds, _MINUTE)):,.2f}"
