"""A row of a utility's ledger as an account to open: by the rules of the counter, each fault a finding.

No finding quotes a cell: findings are kept in the open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from libs.common.places import Utility
from libs.common.references import BadReferenceError
from libs.common.rules import RuleError
from libs.workbooks.ledgers.cells import RowReader
from libs.workbooks.ledgers.findings import Checked
from libs.workbooks.ledgers.rows import RawRow, text_of
from libs.workbooks.ledgers.template import Code, Words
from services.registry.domain.addresses import AddressResolver
from services.registry.domain.identifiers import PaperKind
from services.registry.domain.particulars import (
    OF_CUSTOMER,
    BadParticularsError,
    CustomerKind,
    Particular,
    account_number,
    address_of,
    read_particulars,
)
from services.registry.storage import imports
from services.registry.usecases.accounts import site_in
from services.registry.usecases.bulk import LedgerAccount


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of a job are read by; `on` is today in Shanghai."""

    utility: Utility
    asked_by: str
    resolver: AddressResolver
    classes: Mapping[str, str]
    on: date
    now: datetime


class _Row(RowReader):
    __slots__ = ()

    def word(self, column: str, words: Words[Code], code: str, *, must: bool = False) -> Code | None:
        text = text_of(self.raw.cells.get(column))
        value = words.read(text) if text else None
        if value is None and text:
            self.bad(column, code, f"不是规定的{column}", f"请填写：{words.listed()}")
        elif value is None and must:
            self.missing(column)
        return value

    def broken(self, column: str, error: BadReferenceError) -> None:
        self.bad(column, error.code, error.rule, error.remedy)


def read_account(raw: RawRow, by: Reading) -> Checked[LedgerAccount]:
    """Read a row; its item is there where nothing is wrong with it."""
    row = _Row(imports.ACCOUNT_LEDGER, raw, by.now)
    if row.findings:
        return Checked(raw, row.findings)
    kind = row.word(imports.KIND, imports.KINDS, "unknown-kind", must=True)
    paper = row.word(imports.PAPER, imports.PAPERS, "unknown-paper")
    use = row.word(imports.USE, imports.USES, "unknown-use", must=True)
    price = row.word(imports.PRICE, imports.PRICES, "unknown-price-class", must=True)
    supply = row.word(imports.SUPPLY, imports.SUPPLIES, "unknown-supply", must=True)
    if supply not in (None, by.utility.service):
        row.bad(imports.SUPPLY, "supply-elsewhere", "本单位不提供这项业务", "请核对业务，或由提供的单位导入")
    texts = {name: text_of(raw.cells.get(heading)) for name, heading in imports.HEADINGS.items()}
    number = address = None
    try:
        number = account_number(texts[Particular.NUMBER])
    except BadReferenceError as error:
        row.broken(imports.NUMBER, error)
    site = site_in(None, by.utility, by.resolver, by.on)
    if texts[Particular.ADDRESS]:
        heading = imports.HEADINGS[Particular.ADDRESS]
        try:
            address = address_of(texts[Particular.ADDRESS])
            site = site_in(address, by.utility, by.resolver, by.on)
        except BadReferenceError as error:
            row.broken(heading, error)
        except RuleError as error:
            row.bad(heading, error.code, error.text, error.remedy)
    particulars = None
    if kind is not None:
        if paper is not None and (kind is CustomerKind.PERSON) == (paper == imports.CREDIT_CODE):
            row.bad(
                imports.PAPER, "paper-of-other-kind", "证件类型与用户类型不符", "请核对证件类型和用户类型"
            )
        person_paper = None if paper in (None, imports.CREDIT_CODE) else PaperKind(paper)
        of_customer = {str(name): texts[name] for name in OF_CUSTOMER}
        try:
            particulars = read_particulars(kind, person_paper, of_customer, by.classes, by.on)
        except BadParticularsError as broken:
            for name, fault in broken.faults.items():
                row.broken(imports.HEADINGS[Particular(name)], fault)
    if row.findings or number is None or kind is None or particulars is None or use is None or price is None:
        return Checked(raw, row.findings)
    item = LedgerAccount(by.utility, by.asked_by, number, address, site, use, price, kind, particulars)
    return Checked(raw, row.findings, item)
