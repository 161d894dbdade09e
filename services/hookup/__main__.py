"""`python -m services.hookup api | worker | migrate | dead-letters | backfill | log-report`."""

import argparse

from libs.common.cli import main
from libs.workbooks.event_logs.event_log import LogMapping
from libs.workbooks.event_logs.log_report import LogCommand
from services.hookup import customer_ids
from services.hookup.backfill import BACKFILL
from services.hookup.bootstrap import build
from services.hookup.domain.values.stages import STAGE_NAMES, Stage
from services.hookup.settings import Settings


def _add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    BACKFILL.add_commands(commands)
    customer_ids.add_commands(commands)
    LogCommand(LogMapping[Stage], STAGE_NAMES).add_commands(commands)


if __name__ == "__main__":
    main(lambda: build(Settings()), _add_commands)
