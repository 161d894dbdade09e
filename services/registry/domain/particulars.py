"""The particulars of a customer: who it is and how it is reached, each text in its one normal form.

They are personal data, so no aggregate and no event holds them: `storage/particulars.py` seals them.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.references import BadReferenceError, is_turned, normal, visible
from services.registry.domain import identifiers
from services.registry.domain.categories import SubjectKind, subject_of
from services.registry.domain.identifiers import CodeWarning, PaperKind
from services.registry.domain.masking import MaskKind, refuse_masked

LONGEST_NAME: Final = 100
LONGEST_ADDRESS: Final = 200


class CustomerKind(StrEnum):
    """Whether a customer is a person or an organisation; a sole trader is an organisation with a code of class 92."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"


CUSTOMER_KIND_NAMES: Final[Mapping[CustomerKind, str]] = MappingProxyType(
    {CustomerKind.PERSON: "自然人", CustomerKind.ORGANISATION: "单位（含个体工商户）"}
)


class Particular(StrEnum):
    """A particular, by the name of its field and of its sealed column."""

    NAME = "name"
    IDENTIFIER = "identifier"
    MOBILE = "mobile"
    LANDLINE = "landline"
    CONTACT = "contact"
    NUMBER = "number"
    ADDRESS = "address"


PARTICULAR_NAMES: Final[Mapping[Particular, str]] = MappingProxyType(
    {
        Particular.NAME: "名称",
        Particular.IDENTIFIER: "证件号码",
        Particular.MOBILE: "手机号",
        Particular.LANDLINE: "固定电话",
        Particular.CONTACT: "联系人",
        Particular.NUMBER: "户号",
        Particular.ADDRESS: "用水用气用热地址",
    }
)
OF_CUSTOMER: Final = (
    Particular.NAME,
    Particular.IDENTIFIER,
    Particular.MOBILE,
    Particular.LANDLINE,
    Particular.CONTACT,
)
OF_ACCOUNT: Final = (Particular.NUMBER, Particular.ADDRESS)


class BadParticularsError(ValueError):
    """Particulars break rules; `faults` are the errors by the fields that they are in."""

    def __init__(self, faults: Mapping[str, BadReferenceError]) -> None:
        super().__init__(", ".join(f"{name}: {error.code}" for name, error in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Identified:
    """What an identifier says that is no personal data: whose it is as rules name it, its paper, and its warnings."""

    subject: str
    paper: PaperKind | None = None
    warnings: tuple[CodeWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class Particulars:
    """The texts of a customer in their normal form, without empty ones, and what the identifier says."""

    texts: Mapping[str, str]
    identified: Identified


def read_particulars(
    kind: CustomerKind,
    paper: PaperKind | None,
    texts: Mapping[str, str | None],
    classes: Mapping[str, str],
    on: date,
) -> Particulars:
    """Return the particulars of a customer in their normal form. Raises BadParticularsError with every fault.

    `paper` is the paper of a person's identifier; an organisation's is its credit code. `classes` are the class
    codes of the policy `account_categories`; `on` is today in Shanghai.
    """
    given = {name: text for name, text in texts.items() if text and text.strip()}
    faults: dict[str, BadReferenceError] = {}
    read: dict[str, str] = {}
    readers: Mapping[str, Callable[[str], str]] = {
        Particular.NAME: name_of,
        Particular.MOBILE: identifiers.mobile,
        Particular.LANDLINE: identifiers.landline,
        Particular.CONTACT: name_of,
    }
    for name, reader in readers.items():
        if name in given:
            _read(name, given[name], reader, read, faults)
    if Particular.NAME not in given:
        faults[Particular.NAME] = BadReferenceError("missing", "名称必填", "请填写姓名或单位名称")
    identified = Identified(subject_of(None, is_person=kind is CustomerKind.PERSON))
    if text := given.get(Particular.IDENTIFIER):
        try:
            read[Particular.IDENTIFIER], identified = _identified(kind, paper, text, classes, on)
        except BadReferenceError as error:
            faults[Particular.IDENTIFIER] = error
    if faults:
        raise BadParticularsError(faults)
    return Particulars(read, identified)


def _identified(
    kind: CustomerKind, paper: PaperKind | None, text: str, classes: Mapping[str, str], on: date
) -> tuple[str, Identified]:
    if kind is CustomerKind.PERSON:
        paper = paper or PaperKind.RESIDENT_ID
        return identifiers.paper_number(paper, text, on), Identified(SubjectKind.PERSON, paper)
    code = identifiers.credit_code(text, classes)
    return code.code, Identified(subject_of(code, is_person=False), None, code.warnings)


def _read(
    name: str,
    text: str,
    reader: Callable[[str], str],
    texts: dict[str, str],
    faults: dict[str, BadReferenceError],
) -> None:
    try:
        texts[name] = reader(text)
    except BadReferenceError as error:
        faults[name] = error


def name_of(text: str) -> str:
    """Return a name of a person or an organisation: narrow characters, single blanks. Raises BadReferenceError."""
    return _line(text, "名称", LONGEST_NAME)


def address_of(text: str) -> str:
    """Return an address in the same form. Raises BadReferenceError."""
    return _line(text, "地址", LONGEST_ADDRESS)


def account_number(text: str) -> str:
    """Return a utility's number of an account in its one form. Raises BadReferenceError."""
    refuse_masked(text)
    number = normal(text)
    if not (number.isascii() and number.replace("-", "").replace("_", "").isalnum() and len(number) <= 32):
        raise BadReferenceError(
            "account-number-invalid", "户号为1至32个字母、数字、“-”或“_”", "请按缴费单填写"
        )
    return number


def _line(text: str, what: str, longest: int) -> str:
    refuse_masked(text)
    line = " ".join(unicodedata.normalize("NFKC", visible(text)).split())
    if not line or not line.isprintable() or is_turned(line) or not line[0].isalnum() or len(line) > longest:
        raise BadReferenceError(
            f"{'name' if longest == LONGEST_NAME else 'address'}-invalid",
            f"{what}为1至{longest}个字符，以汉字、字母或数字开头，不得含控制字符",
            f"请核对{what}后重新填写",
        )
    return line


def mask_kind(particular: str, kind: CustomerKind, paper: PaperKind | None, subject: str) -> MaskKind | None:
    """Return how a particular is masked; None where it is public: an enterprise's or public body's name and code."""
    is_person = kind is CustomerKind.PERSON or subject in (SubjectKind.FORMER_NUMBER, "92")
    match particular:
        case Particular.NAME:
            return MaskKind.NAME if kind is CustomerKind.PERSON else None
        case Particular.IDENTIFIER if kind is CustomerKind.PERSON:
            return MaskKind.RESIDENT_ID if paper is PaperKind.RESIDENT_ID else MaskKind.PAPER
        case Particular.IDENTIFIER:
            return MaskKind.CREDIT_CODE if is_person else None
        case Particular.MOBILE:
            return MaskKind.MOBILE
        case Particular.LANDLINE:
            return MaskKind.LANDLINE
        case Particular.CONTACT:
            return MaskKind.NAME
        case Particular.NUMBER:
            return MaskKind.ACCOUNT_NUMBER
    return MaskKind.ADDRESS


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    """Return the names of the particulars that differ, in alphabetical order."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
