"""`python -m services.sampling api | worker | migrate | dead-letters | reconcile`."""

from services.sampling.bootstrap import build

from libs.common.cli import main
from libs.common.settings import CommonSettings

if __name__ == "__main__":
    main(lambda: build(CommonSettings()))
