"""`python -m services.sampling api | worker | migrate | dead-letters | reconcile`."""

from services.sampling.bootstrap import build
from services.sampling.settings import Settings

from libs.common.cli import main

if __name__ == "__main__":
    main(lambda: build(Settings()))
