"""`python -m services.hookup api | worker | migrate | dead-letters | backfill`."""

from libs.common.cli import main
from libs.common.settings import CommonSettings
from services.hookup.backfill import add_commands
from services.hookup.bootstrap import build

if __name__ == "__main__":
    main(lambda: build(CommonSettings()), add_commands)
