"""Accounts of an example city: the same in every run, of nobody.

Numbers that nobody has: resident ids and credit codes of a region 379999, which is no county, mobiles of 154, which
is given to no network. Persons are a family name and 某.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from libs.common.check_digits import credit_code_check, organisation_check, resident_check
from libs.common.places import Utility, load_places
from libs.common.policy import read_policies
from services.registry.domain.addresses import AddressResolver
from services.registry.storage.policies import ZONE_POLICY

ExampleRow = Mapping[str, str]
_POLICIES: Final = Path(__file__).parents[1] / "policies.yaml"
_REGION: Final = "379999"
_FAMILIES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_FIRST_BIRTHDAY: Final = date(1940, 1, 1)
_DAYS: Final = 24_000
_TRADES: Final = ("商贸", "餐饮", "机械", "食品", "建材", "物流")
# Of so many accounts one is a sole trader's, a company's, a school's; the others are homes.
_TRADER, _COMPANY, _SCHOOL = 12, 15, 400
_NUMBER_DIGITS: Final = 7


def utilities() -> Sequence[Utility]:
    """Return the utilities that hand ledgers in: those of water first, then gas and heat, of all eleven units."""
    return load_places().utilities()


def rows_of(utility: Utility, count: int, *, first: int = 1, clean: bool = False) -> list[ExampleRow]:
    """Return so many accounts of a utility from a number on; unless it is clean, some of each hundred have faults.

    One describes a customer again; three are refused, for a wrong digit, a resident id of 15 digits and a mobile from
    before they had eleven; the place of one has a former name, and of two something is not known.
    """
    rows = [(number, row_of(utility, number)) for number in range(first, first + count)]
    return [row if clean else _as_written(utility, number, row) for number, row in rows]


def row_of(utility: Utility, number: int) -> ExampleRow:
    """Return an account as it should be in the ledger."""
    serial = _serial(utility, number)
    return {
        "户号": number_of(utility.code, number),
        "手机号": f"154{serial:08d}",
        "地址": _address(utility, number),
        **_customer(serial, number),
    }


def number_of(utility: str, number: int) -> str:
    """Return the 户号 of an account."""
    return f"{utility}-{number:0{_NUMBER_DIGITS}d}"


def holder_of(account: str) -> ExampleRow:
    """Return the account of a 户号, whose holder need not be in any ledger. Raises KeyError for one that is none."""
    code, _, digits = account.rpartition("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) == _NUMBER_DIGITS):
        raise KeyError(account)
    return row_of(load_places().utility(code), int(digits))


def _as_written(utility: Utility, number: int, row: ExampleRow) -> ExampleRow:
    match number % 100:
        case 7:
            # The customer before, as another counter wrote it down: without the paper.
            before = row_of(utility, number - 1)
            return {**before, "户号": row["户号"], "证件号码": "", "证件类型": ""}
        case 23:
            digits = row["证件号码"]
            return {**row, "证件号码": digits[:16] + ("1" if digits[16] != "1" else "2") + digits[17:]}
        case 37:
            # Until 1999, without the century and the check digit.
            return {**row, "证件号码": row["证件号码"][:6] + row["证件号码"][8:17]}
        case 51:
            # Before numbers had eleven digits.
            return {**row, "手机号": row["手机号"][3:]}
        case 61:
            # 茌平 became a district in 2019; offices of streets were places.
            former = row["地址"].replace("茌平区", "茌平县").replace("街道", "办事处")
            return {**row, "地址": former}
        case 73:
            return {**row, "手机号": "", "地址": ""}
        case 89:
            return {**row, "证件号码": "", "证件类型": ""}
    return row


def _serial(utility: Utility, number: int) -> int:
    """Return a number of eight digits that no other account of the city has, for up to 700,000 of each utility.

    Identifiers tell 24 million apart.
    """
    return list(utilities()).index(utility) * 700_000 + number


def _customer(serial: int, number: int) -> dict[str, str]:
    name = f"{_FAMILIES[serial % len(_FAMILIES)]}某"
    if number % _SCHOOL == 0:
        return _organisation(f"示例第{serial}小学", "12", serial, "学校、托幼", "居民")
    if number % _COMPANY == 0:
        trade = _TRADES[serial % len(_TRADES)]
        return _organisation(f"示例第{serial}{trade}有限公司", "91", serial, "商业服务", "非居民") | {
            "联系人": name
        }
    if number % _TRADER == 0:
        return _organisation(f"示例第{serial}号{name}小店", "92", serial, "商业服务", "非居民")
    body = f"{_REGION}{_birthday(serial)}{serial // _DAYS % 1_000:03d}"
    return {
        "用户名称": name + "某",
        "用户类型": "自然人",
        "证件类型": "居民身份证",
        "证件号码": body + resident_check(body),
        "用途": "居民生活",
        "价格类别": "居民",
    }


def _birthday(serial: int) -> str:
    return (_FIRST_BIRTHDAY + timedelta(days=serial % _DAYS)).strftime("%Y%m%d")


def _organisation(name: str, kind: str, serial: int, use: str, price: str) -> dict[str, str]:
    code = f"{serial:08d}"
    body = f"{kind}{_REGION}{code}{organisation_check(code)}"
    return {
        "用户名称": name,
        "用户类型": "单位（含个体工商户）",
        "证件类型": "统一社会信用代码",
        "证件号码": body + credit_code_check(body),
        "用途": use,
        "价格类别": price,
    }


def _address(utility: Utility, number: int) -> str:
    fronts = _fronts()[utility.district]
    street, place = fronts[number % len(fronts)], number // len(fronts)
    return f"{street}示例{place // 800 + 1}区{place % 800 // 40 + 1}号楼{place % 40 // 10 + 1}单元{place % 10 + 1}01"


@cache
def _fronts() -> Mapping[str, Sequence[str]]:
    """Return the beginnings of addresses by reporting unit: its streets, as the rules that ship place them."""
    places = load_places()
    version = next(row for row in read_policies(_POLICIES) if row.policy == ZONE_POLICY.name)
    resolver = AddressResolver(places, ZONE_POLICY.read(version))
    fronts: dict[str, list[str]] = {unit.code: [] for unit in places.reporting_units}
    for street in places.streets:
        text = f"{places.division(street.division).name}{street.name}"
        unit = resolver.resolve(text, date(2022, 7, 1)).unit
        if unit in fronts:
            fronts[unit].append(text)
    return fronts
