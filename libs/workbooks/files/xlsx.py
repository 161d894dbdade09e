"""Reader of the shared parts of an .xlsx workbook (ECMA-376 part 1, transitional or strict): texts and formats.

A file that Excel would call damaged is refused, not repaired.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.workbooks.files.frames import damaged
from libs.workbooks.files.number_format import NumberFormat, built_in, number_format
from libs.workbooks.files.package import Package, read_xml

_SPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
# The element names that are looked for, as the parser gives them.
TAGS: Final[Mapping[str, str]] = {
    f"{space} {tag}": tag
    for space in _SPACES
    for tag in (
        *("workbook", "workbookPr", "sheet", "numFmt", "cellXfs", "xf", "si", "t", "rPh"),
        *("worksheet", "row", "c", "v", "f", "is", "mergeCell"),
    )
}
_ID: Final = tuple(
    f"{space} id"
    for space in (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
)
YES: Final = ("1", "true", "on")
# An escaped character (ST_Xstring), or the escape of its own form.
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its date system, its visible sheets by name and part, and the names of hidden ones."""

    since_1904: bool
    sheets: Sequence[tuple[str, str]]
    hidden: Sequence[str]
    texts: Sequence[str]
    formats: Sequence[NumberFormat | None]


def open_book(package: Package, part: str) -> Book:
    """Read a workbook's part and its shared parts. Raises RefusedError."""
    since_1904 = is_book = False
    listed: list[tuple[str, str, bool]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal since_1904, is_book
        match TAGS.get(name):
            case "workbook":
                is_book = True
            case "workbookPr":
                since_1904 = attributes.get("date1904") in YES
            case "sheet":
                link = next((attributes[name] for name in _ID if name in attributes), "")
                is_hidden = attributes.get("state", "visible") != "visible"
                listed.append((attributes.get("name", ""), link, is_hidden))

    read_xml(package.open(part), start)
    if not is_book:
        raise damaged()
    links = package.links(part)
    parts = {link.id: link.target for link in links if link.kind == "worksheet"}
    part_of = {link.kind: link.target for link in links}
    return Book(
        since_1904,
        [(name, parts[link]) for name, link, is_hidden in listed if not is_hidden and link in parts],
        [name for name, link, is_hidden in listed if is_hidden and link in parts],
        _texts(package, part_of["sharedStrings"]) if "sharedStrings" in part_of else (),
        _formats(package, part_of["styles"]) if "styles" in part_of else (),
    )


def _texts(package: Package, part: str) -> list[str]:
    """Return the shared texts, without phonetic readings."""
    texts: list[str] = []
    pieces: list[str] = []
    in_text = aside = False

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal in_text, aside
        match TAGS.get(name):
            case "si":
                pieces.clear()
            case "rPh":
                aside = True
            case "t":
                in_text = not aside

    def end(name: str) -> None:
        nonlocal in_text, aside
        match TAGS.get(name):
            case "si":
                texts.append(unescaped("".join(pieces)))
            case "rPh":
                aside = False
            case "t":
                in_text = False

    def text(data: str) -> None:
        if in_text:
            pieces.append(data)

    read_xml(package.open(part), start, end, text)
    return texts


def _formats(package: Package, part: str) -> list[NumberFormat | None]:
    """Return the number format of each style."""
    codes: dict[str, NumberFormat | None] = {}
    formats: list[NumberFormat | None] = []
    within = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal within
        match TAGS.get(name):
            case "numFmt":
                codes[attributes.get("numFmtId", "")] = number_format(attributes.get("formatCode", ""))
            case "cellXfs":
                within = True
            case "xf" if within:
                number = attributes.get("numFmtId", "0")
                built_in_format = (
                    built_in(int(number))
                    if number.isascii() and number.isdigit() and len(number) < 5
                    else None
                )
                formats.append(codes.get(number, built_in_format))

    def end(name: str) -> None:
        nonlocal within
        if TAGS.get(name) == "cellXfs":
            within = False

    read_xml(package.open(part), start, end)
    return formats


def unescaped(text: str) -> str:
    """Return a text with its escaped characters decoded (ST_Xstring)."""
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    # Two escapes may be a surrogate pair; a single one is replaced.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
