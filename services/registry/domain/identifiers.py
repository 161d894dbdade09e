"""Identifiers of customers: their one normal form at every door, or the rule that they break.

A wrong check character is said to be wrong and the right one is not told: the error may be in any other place, and
who knows seventeen digits of a resident id must not be given the last one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from libs.common.check_digits import (
    CREDIT_CODE_CHARACTERS,
    MOBILE,
    PROVINCES,
    birth_date,
    credit_code_check,
    organisation_check,
    resident_check,
)
from libs.common.references import BadReferenceError, is_turned, normal
from services.registry.domain.masking import MaskKind, MaskPolicy, mask, refuse_masked

OLDEST_YEARS: Final = 130
LONGEST_PAPER: Final = 40
SOLE_TRADER_CLASS: Final = "92"
_FORMER_NUMBER: Final = re.compile("[0-9]{15}")
_RESIDENT_ID: Final = re.compile("[0-9]{17}[0-9X]")
_MOBILE: Final = re.compile(rf"(?:\+?86|0086)?({MOBILE})")
_LANDLINE: Final = re.compile(
    r"(?:(?:\+86|0086)0?|0)((?:[12][0-9]|[3-9][0-9]{2}))-?([0-9]{7,8})(?:(?:-|转)([0-9]{1,6}))?"
)
_BRACKETS: Final = str.maketrans("", "", "()")


class BadIdentifierError(BadReferenceError):
    """A text is no valid identifier; `code` is stable, the arguments are the rule and the remedy in Chinese."""


class CodeWarning(StrEnum):
    """What is unusual in a credit code that is accepted all the same."""

    ORGANISATION_CHECK = "ORG_CODE_CHECK"
    FORMER_NUMBER = "FORMER_NUMBER"


WARNING_NAMES: Final[Mapping[CodeWarning, str]] = MappingProxyType(
    {
        CodeWarning.ORGANISATION_CHECK: "主体标识码（组织机构代码）的校验位不符，请核对营业执照",
        CodeWarning.FORMER_NUMBER: "为15位旧注册号，请换成18位统一社会信用代码",
    }
)


class Sex(StrEnum):
    """The sex that a resident id says."""

    MALE = "男"
    FEMALE = "女"


class PaperKind(StrEnum):
    """The papers that prove who a person is; only the resident id has a check digit [R]."""

    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_RESIDENT = "FOREIGN_RESIDENT"


PAPER_NAMES: Final[Mapping[PaperKind, str]] = MappingProxyType(
    {
        PaperKind.RESIDENT_ID: "居民身份证",
        PaperKind.PASSPORT: "护照",
        PaperKind.HK_MACAO_PERMIT: "港澳居民来往内地通行证",
        PaperKind.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
        PaperKind.FOREIGN_RESIDENT: "外国人永久居留身份证",
    }
)


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A 统一社会信用代码, or a former 注册号 of 15 digits, which has no class."""

    code: str
    class_code: str | None
    region: str
    warnings: tuple[CodeWarning, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether it stands for a person: a sole trader's, or a former number, which does not say whose it is."""
        return self.class_code in (None, SOLE_TRADER_CLASS)

    def outside(self, policy: MaskPolicy) -> str:
        """Return the form that is shown outside: that of an enterprise or a public body is public, others masked."""
        return mask(MaskKind.CREDIT_CODE, self.code, policy) if self.is_personal else self.code


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A resident id with what it says of its holder."""

    number: str
    born: date
    sex: Sex


def credit_code(text: str, classes: Mapping[str, str]) -> CreditCode:
    """Return a credit code in its normal form. Raises BadIdentifierError with the broken rule (GB 32100-2015).

    `classes` are the names of the class codes by the policy `account_categories`. The region is any six digits:
    who is registered elsewhere has accounts here too. The check of the inner organisation code (GB 11714) only warns
    [R].
    """
    code = _compact(text)
    if _FORMER_NUMBER.fullmatch(code):
        return CreditCode(code, None, code[:6], (CodeWarning.FORMER_NUMBER,))
    if len(code) != 18:
        raise _bad(
            "credit-code-length",
            f"统一社会信用代码为18位，现为{len(code)}位",
            "请按营业执照或登记证书填写全部18位",
        )
    wrong = (
        position for position, character in enumerate(code, 1) if character not in CREDIT_CODE_CHARACTERS
    )
    if (position := next(wrong, None)) is not None:
        raise _bad(
            "credit-code-alphabet",
            f"统一社会信用代码由数字和除I、O、S、V、Z以外的大写字母组成，第{position}位不是",
            "请核对易混字符，例如I与1、O与0、S与5、Z与2",
        )
    if code[:2] not in classes:
        raise _bad(
            "credit-code-class",
            "统一社会信用代码前两位不是已知的登记管理部门和机构类别",
            "请核对前两位；确有此类别的，请市级管理员增补规则",
        )
    if not code[2:8].isdecimal():
        raise _bad("credit-code-region", "统一社会信用代码第3至8位为6位数字的行政区划码", "请核对第3至8位")
    if credit_code_check(code[:17]) != code[17]:
        raise _bad(
            "credit-code-checksum", "统一社会信用代码的校验位不符", "请对照证照逐位核对，留意错位和易混字符"
        )
    inner = organisation_check(code[8:16]) == code[16]
    return CreditCode(code, code[:2], code[2:8], () if inner else (CodeWarning.ORGANISATION_CHECK,))


def resident_id(text: str, on: date) -> ResidentId:
    """Return a resident id in its normal form. Raises BadIdentifierError with the broken rule (GB 11643-1999).

    Of the region only the province is checked: until 1997 ids of the city began with 3725. `on` is the day on which
    the holder is neither unborn nor older than 130.
    """
    number = _compact(text)
    if len(number) != 18:
        raise _bad(
            "resident-id-length", f"居民身份证号为18位，现为{len(number)}位", "请按居民身份证填写全部18位"
        )
    if not _RESIDENT_ID.fullmatch(number):
        raise _bad("resident-id-alphabet", "居民身份证号前17位为数字，末位为数字或X", "请核对后重新填写")
    if number[:2] not in PROVINCES:
        raise _bad("resident-id-region", "居民身份证号前两位不是省级行政区划码", "请核对前两位")
    born = birth_date(number)
    if born is None:
        raise _bad("resident-id-birthdate", "居民身份证号第7至14位不是有效的出生日期", "请核对第7至14位")
    if not born <= on or _years(born, on) > OLDEST_YEARS:
        raise _bad(
            "resident-id-age",
            f"居民身份证号中的出生日期晚于当日，或年龄超过{OLDEST_YEARS}岁",
            "请核对第7至14位",
        )
    if resident_check(number[:17]) != number[17]:
        raise _bad("resident-id-checksum", "居民身份证号的校验位不符", "请对照居民身份证逐位核对")
    return ResidentId(number, born, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def mobile(text: str) -> str:
    """Return a mobile number as its 11 digits. Raises BadIdentifierError."""
    match = _MOBILE.fullmatch(_compact(text).translate(_BRACKETS))
    if match is None:
        raise _bad("mobile-invalid", "手机号为11位数字，以13至19开头，可带国家代码86", "请填写11位手机号")
    return match[1]


def landline(text: str) -> str:
    """Return a landline as area code, number and extension, joined by hyphens. Raises BadIdentifierError.

    A number without its area code is refused: none is assumed, since customers live elsewhere too.
    """
    match = _LANDLINE.fullmatch(_normal(text).translate(_BRACKETS))
    if match is None:
        raise _bad(
            "landline-invalid",
            "固定电话为区号和7至8位号码，可带分机号",
            "请按“0635-8220000”填写；聊城区号为0635",
        )
    area, number, extension = match.groups()
    return "-".join(filter(None, (f"0{area}", number, extension)))


def phone(text: str) -> str:
    """Return a mobile number or a landline in its normal form. Raises BadIdentifierError."""
    for kind in (mobile, landline):
        try:
            return kind(text)
        except BadIdentifierError as error:
            if error.code == "masked-value":
                raise
    raise _bad(
        "phone-invalid", "须为11位手机号，或带区号的固定电话", "请填写如“13800001234”或“0635-8220000”的号码"
    )


def paper_number(kind: PaperKind, text: str, on: date) -> str:
    """Return the number of a paper in its normal form. Raises BadIdentifierError.

    Papers other than the resident id are free text, since no standard of theirs is checked [R].
    """
    if kind is PaperKind.RESIDENT_ID:
        return resident_id(text, on).number
    number = _normal(text)
    shown = number.isprintable() and not is_turned(number) and number[:1].isalnum()
    if not shown or len(number) > LONGEST_PAPER:
        raise _bad(
            "paper-invalid",
            f"{PAPER_NAMES[kind]}号码为1至{LONGEST_PAPER}个字符，以字母、数字或汉字开头",
            "请按证件填写",
        )
    return number


def spelled(text: str) -> str:
    """Return any identifier in the spelling that it is stored in, unchecked: for looking for it."""
    normal_text = _normal(text)
    compact = normal_text.replace("-", "")
    return compact if compact.isalnum() and compact.isascii() and len(compact) in (15, 18) else normal_text


def _normal(text: str) -> str:
    refuse_masked(text, BadIdentifierError)
    return normal(text)


def _compact(text: str) -> str:
    return _normal(text).replace("-", "")


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _bad(code: str, rule: str, remedy: str) -> BadIdentifierError:
    return BadIdentifierError(code, rule, remedy)
