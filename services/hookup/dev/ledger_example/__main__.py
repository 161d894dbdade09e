"""Makes the example ledgers: a year of a city that looks real, and a small file with bad rows of every kind.

    python -m services.hookup.dev.ledger_example [--dir examples]

The seed is fixed: every run writes the same cells. The city is invented.
"""

import argparse
from pathlib import Path

from services.hookup.dev.ledger_example.bad_rows import write_bad_rows
from services.hookup.dev.ledger_example.files import write_year


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description="make the example ledgers")
    parser.add_argument("--dir", type=Path, default=Path("examples"))
    folder: Path = parser.parse_args().dir
    folder.mkdir(parents=True, exist_ok=True)
    write_year(folder / "ledger-2022.xlsx")
    write_bad_rows(folder / "ledger-bad-rows.xlsx")


if __name__ == "__main__":
    main()
