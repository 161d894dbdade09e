"""`python -m services.registry api | worker | migrate | dead-letters | reconcile | adopt`."""

from libs.common.cli import main
from services.registry.adopting import add_commands
from services.registry.bootstrap import build
from services.registry.settings import Settings

if __name__ == "__main__":
    main(lambda: build(Settings()), add_commands)
