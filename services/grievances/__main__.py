"""`python -m services.grievances api | worker | migrate | dead-letters | reconcile | audit | keys`."""

from libs.common.cli import main
from services.grievances.bootstrap import build
from services.grievances.settings import Settings

if __name__ == "__main__":
    main(lambda: build(Settings()))
