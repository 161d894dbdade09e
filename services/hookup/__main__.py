"""`python -m services.hookup api | worker | migrate | dead-letters | backfill | log-report`."""

import argparse

from libs.common.cli import main
from libs.common.settings import CommonSettings
from services.hookup import backfill, log_report
from services.hookup.bootstrap import build


def _add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backfill.add_commands(commands)
    log_report.add_commands(commands)


if __name__ == "__main__":
    main(lambda: build(CommonSettings()), _add_commands)
