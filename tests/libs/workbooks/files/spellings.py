"""One workbook in every legal spelling: whatever ECMA-376 lets a writer choose, drawn by hypothesis."""

import io
import posixpath
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from hypothesis import strategies as st

TRANSITIONAL = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
)
STRICT = (
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# Style 0 shows numbers; 1 a day and its time, 2 a day.
_STYLES = ("General", "yyyy\\-mm\\-dd\\ hh:mm", 'yyyy"年"m"月"d"日";@')


@dataclass(frozen=True)
class Formula:
    """A formula and the value that was stored for it; None for one that was never calculated."""

    value: str | float | None


@dataclass(frozen=True)
class Day:
    """A day without a time of it."""

    at: datetime


Value = str | float | bool | datetime | Day | Formula | None


@dataclass(frozen=True)
class Spelling:
    """What a writer chooses."""

    spaces: tuple[str, str] = TRANSITIONAL
    prefix: str = ""
    quote: str = '"'
    references: bool = True
    strings: str = "shared"
    moments: str = "styled"
    since_1904: bool = False
    names: tuple[str, str, str, str] = (
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
    )
    absolute: bool = False
    backslashes: bool = False
    capitals: bool = False
    attributes: bool = False
    spaced: bool = False
    unseen: bool = False
    escaped: bool = False
    encoding: str = "utf-8"
    stored: bool = False


_NAMES = st.sampled_from(
    [
        Spelling().names,
        ("xl/workbook2.xml", "xl/worksheets/Blatt.xml", "xl/texts.xml", "xl/formats.xml"),
        ("book.xml", "sheets/eins/a%20b.xml", "shared/strings", "styles.xml"),
        ("a/b/c/book.xml", "a/sheet.xml", "a/b/strings.xml", "z/styles.xml"),
    ]
)

SPELLINGS = st.builds(
    Spelling,
    spaces=st.sampled_from([TRANSITIONAL, STRICT]),
    prefix=st.sampled_from(["", "x:", "表:"]),
    quote=st.sampled_from(['"', "'"]),
    references=st.booleans(),
    strings=st.sampled_from(["shared", "rich", "spoken", "inline", "inline-rich", "calculated"]),
    moments=st.sampled_from(["styled", "general", "iso", "text"]),
    since_1904=st.booleans(),
    names=_NAMES,
    absolute=st.booleans(),
    backslashes=st.booleans(),
    capitals=st.booleans(),
    attributes=st.booleans(),
    spaced=st.booleans(),
    unseen=st.booleans(),
    escaped=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    stored=st.booleans(),
)


def column(place: int) -> str:
    """The letters of a column, counted from zero."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass
class _Writer:
    how: Spelling
    shared: list[str] = field(default_factory=list)

    def tag(self, name: str, inner: str = "", /, **attributes: str) -> str:
        quote = self.how.quote
        if self.how.attributes:
            attributes = dict(reversed(attributes.items()))
        quoted = {quote: f"&#{ord(quote)};"}
        written = "".join(
            f" {each.replace('__', ':')}={quote}{escape(value, quoted)}{quote}"
            for each, value in attributes.items()
        )
        name = self.how.prefix + name
        space = "\n  " if self.how.spaced and "<" in inner else ""
        return f"<{name}{written}>{space}{inner}{space}</{name}>" if inner else f"<{name}{written}/>"

    def root(self, name: str, inner: str) -> str:
        main, relations = self.how.spaces
        prefix = self.how.prefix.rstrip(":")
        declared = {f"xmlns{':' + prefix if prefix else ''}": main, "xmlns:rel": relations}
        quote = self.how.quote
        written = "".join(f" {each}={quote}{value}{quote}" for each, value in declared.items())
        return self.document(f"<{self.how.prefix}{name}{written}>{inner}</{self.how.prefix}{name}>")

    def document(self, inner: str) -> str:
        # Python's codec writes the mark of order that tells the parser.
        name = "UTF-16" if self.how.encoding == "utf-16" else "UTF-8"
        aside = "<!-- <c r='A1'><v>1</v></c> -->" if self.how.spaced else ""
        return f'<?xml version="1.0" encoding="{name}" standalone="yes"?>{aside}{inner}'

    def text(self, text: str) -> str:
        if self.how.unseen and text:
            text = f"{text[0]}\u200b{text[1:]}\ufeff"
        written = escape(text)
        if self.how.escaped and text:
            written = f"&#x{ord(text[0]):x};" + escape(text[1:]) + "_x200B_"
        return written

    def string(self, text: str) -> tuple[dict[str, str], str]:
        kept = {"xml__space": "preserve"} if self.how.attributes else {}
        half = len(text) // 2
        parts = "".join(
            self.tag("r", self.tag("rPr") + self.tag("t", escape(each), xml__space="preserve"))
            for each in (text[:half], text[half:])
        )
        match self.how.strings:
            case "shared" | "rich" | "spoken":
                plain = self.tag("t", self.text(text), **kept)
                item = {
                    "shared": plain,
                    "rich": parts,
                    "spoken": plain + self.tag("rPh", self.tag("t", "拼"), sb="0", eb="1"),
                }
                self.shared.append(self.tag("si", item[self.how.strings]))
                return {"t": "s"}, self.tag("v", str(len(self.shared) - 1), **kept)
            case "calculated":
                return {"t": "str"}, self.tag("f", '"x"') + self.tag("v", self.text(text), **kept)
            case "inline":
                return {"t": "inlineStr"}, self.tag("is", self.tag("t", self.text(text), **kept))
        return {"t": "inlineStr"}, self.tag("is", parts)

    def count(self, at: datetime) -> str:
        zero = datetime(1904, 1, 1) if self.how.since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - wall time
        return repr((at - zero) / timedelta(days=1)).removesuffix(".0")

    def moment(self, value: datetime | Day) -> tuple[dict[str, str], str]:
        at, is_day = (value.at, True) if isinstance(value, Day) else (value, False)
        match self.how.moments:
            case "styled":
                return {"s": "2" if is_day else "1"}, self.tag("v", self.count(at))
            case "general":
                return {}, self.tag("v", self.count(at))
            case "iso":
                return {"t": "d"}, self.tag("v", at.date().isoformat() if is_day else at.isoformat())
        return self.string(at.strftime("%Y-%m-%d" if is_day else "%Y-%m-%d %H:%M"))

    def cell(self, value: Value) -> tuple[dict[str, str], str]:
        match value:
            case bool():
                return {"t": "b"}, self.tag("v", str(int(value)))
            case str():
                return self.string(value)
            case datetime() | Day():
                return self.moment(value)
            case Formula(None):
                return {}, self.tag("f", "A1+1")
            case Formula(str() as text):
                kind = "e" if text.startswith("#") else "str"
                return {"t": kind}, self.tag("f", "A1&amp;1") + self.tag("v", escape(text))
            case Formula(float() as number):
                return {}, self.tag("f", "1+1") + self.tag("v", repr(number))
            case float() | int():
                kept = {"t": "n"} if self.how.attributes else {}
                return kept, self.tag("v", repr(value))
        return {"s": "1"}, ""

    def sheet(self, rows: Sequence[Sequence[Value]], merged: Sequence[str]) -> str:
        lines = []
        for number, row in enumerate(rows, start=1):
            cells = []
            for place, value in enumerate(row):
                attributes, inner = self.cell(value)
                if self.how.references:
                    if value is None:
                        continue
                    attributes = {"r": f"{column(place)}{number}", **attributes}
                cells.append(self.tag("c", inner, **attributes))
            numbered = {"r": str(number)} if self.how.references else {}
            lines.append(self.tag("row", "".join(cells), **numbered, spans="1:9"))
        inner = self.tag("sheetData", "".join(lines))
        if merged:
            inner += self.tag("mergeCells", "".join(self.tag("mergeCell", ref=each) for each in merged))
        return self.root(
            "worksheet", self.tag("sheetViews", self.tag("sheetView", workbookViewId="0")) + inner
        )

    def styles(self) -> str:
        codes = enumerate(_STYLES[1:], start=164)
        formats = "".join(self.tag("numFmt", numFmtId=str(number), formatCode=code) for number, code in codes)
        numbers = ("0", "164", "165")
        xfs = "".join(self.tag("xf", numFmtId=each, applyNumberFormat="1") for each in numbers)
        # Formats of named styles and of conditions are others, of the same numbers.
        decoy = self.tag("cellStyleXfs", self.tag("xf", numFmtId="165"))
        last = self.tag("dxfs", self.tag("dxf", self.tag("numFmt", numFmtId="164", formatCode="0")))
        return self.root("styleSheet", self.tag("numFmts", formats) + decoy + self.tag("cellXfs", xfs) + last)

    def relations(self, source: str, links: Sequence[tuple[str, str, str]]) -> str:
        quote = self.how.quote
        inner = ""
        for name, kind, target in links:
            there = (
                f"/{target}"
                if self.how.absolute
                else posixpath.relpath(target, posixpath.dirname(source) or ".")
            )
            there = there.replace(" ", "%20")
            there = there.replace("/", "\\") if self.how.backslashes else there
            inner += f"<Relationship Id={quote}{name}{quote} Type={quote}{kind}{quote} Target={quote}{there}{quote}/>"
        return self.document(
            f"<Relationships xmlns={quote}{_PACKAGE}/relationships{quote}>{inner}</Relationships>"
        )


def spelled(rows: Sequence[Sequence[Value]], how: Spelling, merged: Sequence[str] = ()) -> bytes:
    """A workbook of one sheet, spelled in one way."""
    writer = _Writer(how)
    relations = how.spaces[1]
    book, sheet, texts, styles = (each.replace("%20", " ") for each in how.names)
    sheet_xml = writer.sheet(rows, merged)
    folder, name = posixpath.split(book)
    parts = {
        "[Content_Types].xml": writer.document(f'<Types xmlns="{_PACKAGE}/content-types"/>'),
        "_rels/.rels": writer.relations("", [("r0", f"{relations}/officeDocument", book)]),
        book: writer.root(
            "workbook",
            writer.tag(
                "workbookPr", **({"date1904": "1"} if how.since_1904 else {"defaultThemeVersion": "1"})
            )
            + writer.tag("sheets", writer.tag("sheet", name="台账", sheetId="1", rel__id="r1")),
        ),
        posixpath.join(folder, "_rels", f"{name}.rels"): writer.relations(
            book,
            [
                ("r2", f"{relations}/sharedStrings", texts),
                ("r1", f"{relations}/worksheet", sheet),
                ("r3", f"{relations}/styles", styles),
            ],
        ),
        sheet: sheet_xml,
        texts: writer.root("sst", "".join(writer.shared)),
        styles: writer.styles(),
    }
    return packed(parts, how)


def packed(parts: dict[str, str], how: Spelling) -> bytes:
    """A package of parts."""
    change: Callable[[str], str] = str.upper if how.capitals else str
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED if how.stored else zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(change(name))
            # The library would turn the slashes that a writer of another system has put.
            entry.filename = change(name).replace("/", "\\") if how.backslashes else change(name)
            made.writestr(entry, text.encode(how.encoding), compress_type=made.compression)
    return target.getvalue()
