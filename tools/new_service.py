"""Make a service that works: one aggregate, its commands, list, events and figure, and tests on both engines.

    python -m tools.new_service NAME [--aggregate NOUN]

NAME is the service's, a lower-case English noun, such as `grievances`; NOUN is what it keeps, one of them, such as
`grievance`. Nothing that is there is changed but `contracts/`. The service passes `make test` as it is written;
change it step by step into what it is to be.
"""

import argparse
import keyword
import re
import shutil
import subprocess
import sys
import token as token_kinds
import tokenize
from collections.abc import Mapping, Sequence
from pathlib import Path

from libs.common import discovery
from services.dev import ISSUER_PORT

ROOT = Path(__file__).parents[1]
SKELETON = ROOT / "tools" / "skeleton"
# What the skeleton calls the service and its aggregate.
SERVICE, AGGREGATE = "sampling", "specimen"
NOUN = re.compile(r"[a-z]{3,20}")


class NewServiceError(Exception):
    """A service cannot be made; the text says why."""


def singular(noun: str) -> str:
    """Return one of what a plural names; a noun that is none stays as it is."""
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return noun.removesuffix("s") if not noun.endswith(("ss", "us", "is")) else noun


def plural(noun: str) -> str:
    """Return the plural of a noun, by the common rules."""
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def article_of(noun: str) -> str:
    """Return the indefinite article of a noun, by its first letter."""
    return "an" if noun[0] in "aeiou" else "a"


def reserved_words() -> frozenset[str]:
    """Return the words that mean something else in the code of the skeleton."""
    words = set(keyword.kwlist)
    for path in SKELETON.rglob("*.py"):
        with path.open("rb") as file:
            words |= {
                token.string for token in tokenize.tokenize(file.readline) if token.type == token_kinds.NAME
            }
    return frozenset(words - {SERVICE, AGGREGATE, f"{AGGREGATE}s"})


def places(name: str) -> tuple[str, ...]:
    """Return where a service's files are: folders and files of its own."""
    return (
        f"services/{name}",
        f"services/metrics/sources/{name}",
        f"tests/services/{name}",
        f"tests/services/metrics/sources/test_{name}.py",
    )


def check(name: str, aggregate: str, root: Path = ROOT) -> None:
    """Raise NewServiceError unless these are nouns and nothing of a service of that name is there."""
    for noun in (name, aggregate):
        if not NOUN.fullmatch(noun):
            raise NewServiceError(f"{noun!r} is no lower-case English noun of 3 to 20 letters")
    if clash := {name, aggregate, plural(aggregate)} & reserved_words():
        raise NewServiceError(f"{', '.join(sorted(clash))} means something else in the code of a service")
    for path in (*places(name), f"services/{name}.py"):
        if (root / path).exists():
            raise NewServiceError(f"{path} is there: a service is never written over")


def rendered(name: str, aggregate: str, port: int) -> Mapping[str, str]:
    """Return the files of a service: path to text."""
    words = {f"{AGGREGATE}s": plural(aggregate), AGGREGATE: aggregate, SERVICE: name}
    pattern = re.compile("|".join(f"{word}|{word.capitalize()}|{word.upper()}" for word in words))

    def word(match: re.Match[str]) -> str:
        text = words[match[0].lower()]
        return text.upper() if match[0].isupper() else text.capitalize() if match[0][0].isupper() else text

    def text_of(path: Path) -> str:
        text = path.read_text("utf-8").replace("LAPTOP_PORT: Final = 0", f"LAPTOP_PORT: Final = {port}")
        if article_of(aggregate) == "an":
            text = re.sub(rf"\b([Aa]) (?={AGGREGATE}\b)", r"\1n ", text)
        return pattern.sub(word, text)

    return {
        pattern.sub(word, path.relative_to(SKELETON).as_posix()): text_of(path)
        for path in sorted(SKELETON.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def free_port() -> int:
    """Return the first place among a laptop's ports that nothing has, behind all that are taken."""
    return max(ISSUER_PORT, *(service.laptop_port for service in discovery.services())) + 1


def make(name: str, aggregate: str, root: Path = ROOT) -> list[str]:
    """Write a service with its first migration and its contracts; return the paths.

    Raises NewServiceError; then nothing is left of it.
    """
    check(name, aggregate, root)
    try:
        return _written(name, aggregate, root)
    except NewServiceError:
        for path in places(name):
            shutil.rmtree(root / path, ignore_errors=True)
            if (root / path).exists():
                (root / path).unlink()
        raise


def _written(name: str, aggregate: str, root: Path) -> list[str]:
    files = rendered(name, aggregate, free_port())
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    run("tools.new_migration", name, f"tables of {plural(aggregate)}")
    migrations = [
        path.relative_to(root).as_posix()
        for path in (root / "services" / name / "storage" / "migrations").rglob("*.py")
    ]
    code = [path for path in (*files, *migrations) if path.endswith(".py")]
    # Names of another length wrap lines elsewhere, and sort otherwise.
    run("ruff", "check", "--quiet", "--fix", "--select", "F401,I", *code)
    run("ruff", "format", "--quiet", *code)
    run("tools.contracts")
    return sorted((*files, *migrations))


def run(module: str, *arguments: str) -> None:
    """Run a module of this tree in a process of its own, which finds the service. Raises NewServiceError."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NewServiceError(f"{module} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.new_service", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--aggregate", metavar="NOUN", help="what it keeps (default: the singular of NAME)")
    chosen = parser.parse_args(arguments)
    aggregate = chosen.aggregate or singular(chosen.name)
    try:
        written = make(chosen.name, aggregate)
    except NewServiceError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(written))
    print(
        f"\nwrote the service {chosen.name}, and contracts/ anew: it passes `make test` as it is."
        f"\nNext: read services/{chosen.name}/README.md; say in services/{chosen.name}/domain.py what"
        f" {article_of(aggregate)} {aggregate} is and what is done to it; `make contracts` after each change;"
        " docs/house.md, How to add, has the rest."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
