"""Customers of nobody, some of them twice, for measuring what the comparison finds; the same in every run.

Which two are one is known. Among those who are two are the ones that are hard to tell apart: families, namesakes,
branches at one switchboard, tenants who follow each other.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from libs.common.check_digits import credit_code_check, organisation_check, resident_check
from services.registry.domain.identifiers import PaperKind
from services.registry.domain.particulars import CustomerKind, Particular

SEED: Final = 20_220_704
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国玉兰海燕"
_TRADES: Final = ("商贸", "餐饮", "建材", "机械", "物流", "食品", "纺织", "医药", "科技", "园林")
_STREETS: Final = ("古楼街道", "柳园街道", "新区街道", "湖西街道", "道口铺街道", "闫寺街道")
_ROADS: Final = ("东关街", "花园路", "兴华路", "柳园路", "湖南路", "建设路", "振兴路", "站前街")
_NUMERALS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Planted:
    """A customer; those with the same `entity` are one."""

    entity: int
    kind: CustomerKind
    texts: Mapping[str, str]
    address: str | None
    paper: PaperKind | None = None

    def but(self, address: str | None = "", **texts: str | None) -> "Planted":
        """Return it with other texts; None leaves one out."""
        every = {**self.texts, **texts}
        kept = {name: text for name, text in every.items() if text is not None}
        return replace(self, texts=kept, address=self.address if address == "" else address)


class Case(StrEnum):
    """What two customers have to do with each other."""

    ONE_WRONG_CHARACTER = "one, a character of the name wrong"
    ANOTHER_PHONE = "one, with another phone"
    ANOTHER_PAPER = "one, by another paper"
    ANOTHER_SPELLING = "one, its address spelled otherwise"
    ANOTHER_LEGAL_FORM = "one, its name without place and legal form"
    LITTLE_KNOWN = "one, with name and phone alone"
    FAMILY = "a family at one address"
    NAMESAKES = "of one name"
    BRANCH = "a branch with the switchboard of its head office"
    NEXT_TENANT = "who moved in after"


ARE_ONE: Final = frozenset(case for case in Case if case.value.startswith("one"))


def planted(count: int, seed: int = SEED) -> list[tuple[Case, Planted, Planted]]:
    """Return as many twos, each case as often as the others."""
    chance = random.Random(seed)  # the same in every run is meant
    cases = list(Case)
    twos = []
    for number in range(count):
        case = cases[number % len(cases)]
        is_person = case not in (Case.ANOTHER_LEGAL_FORM, Case.BRANCH) and chance.random() < 0.7
        first = (_person if is_person else _organisation)(chance, 2 * number)
        twos.append((case, first, _OTHER[case](chance, first)))
    return twos


def _person(chance: random.Random, number: int) -> Planted:
    birthday = f"{chance.randint(1950, 2000)}{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
    body = f"372501{birthday}{number % 1000:03d}"
    texts = {
        Particular.NAME: _persons_name(chance),
        Particular.IDENTIFIER: body + resident_check(body),
        Particular.MOBILE: f"138{number:08d}",
    }
    return _with_texts(number, CustomerKind.PERSON, texts, _address(chance), PaperKind.RESIDENT_ID)


def _organisation(chance: random.Random, number: int) -> Planted:
    serial = f"{number:08d}"
    body = f"91371502{serial}{organisation_check(serial)}"
    fancy = "".join(chance.sample(_GIVEN, 2))
    texts = {
        Particular.NAME: f"聊城市{fancy}{chance.choice(_TRADES)}有限公司",
        Particular.IDENTIFIER: body + credit_code_check(body),
        Particular.MOBILE: f"139{number:08d}",
        Particular.LANDLINE: f"0635-{8_000_000 + number}",
    }
    return _with_texts(number, CustomerKind.ORGANISATION, texts, _address(chance), None)


def _with_texts(
    number: int, kind: CustomerKind, texts: Mapping[Particular, str], address: str, paper: PaperKind | None
) -> Planted:
    return Planted(number, kind, {str(name): text for name, text in texts.items()}, address, paper)


def _persons_name(chance: random.Random) -> str:
    return chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2, 2))))


def _address(chance: random.Random) -> str:
    street, road = chance.choice(_STREETS), chance.choice(_ROADS)
    house = (
        f"{chance.randint(1, 9)}号楼{chance.randint(1, 4)}单元{chance.randint(1, 6)}0{chance.randint(1, 4)}室"
    )
    return f"聊城市东昌府区{street}{road}{chance.randint(1, 99)}号{house}"


def _otherwise(address: str) -> str:
    """Return an address as another hand writes it."""
    text = address.removeprefix("聊城市").replace("街道", "办事处", 1)
    before, _, rest = text.rpartition("号楼")
    building, front = before[-1], before[:-1]
    return f"{front}{_NUMERALS[int(building)]}号楼{rest.removesuffix('室')}"


def _wrong_character(chance: random.Random, first: Planted) -> Planted:
    name = first.texts["name"]
    place = chance.randrange(1, min(len(name), 3)) if first.kind is CustomerKind.PERSON else 3
    wrong = chance.choice([sign for sign in _GIVEN if sign != name[place]])
    return first.but(name=name[:place] + wrong + name[place + 1 :], identifier=None)


def _family(chance: random.Random, first: Planted) -> Planted:
    other = _person(chance, first.entity + 1)
    name = first.texts["name"][0] + other.texts["name"][1:]
    return replace(other.but(name=name, identifier=None), address=first.address)


def _namesake(chance: random.Random, first: Planted) -> Planted:
    make = _person if first.kind is CustomerKind.PERSON else _organisation
    return make(chance, first.entity + 1).but(name=first.texts["name"], identifier=None)


def _branch(chance: random.Random, first: Planted) -> Planted:
    other = _organisation(chance, first.entity + 1)
    name = first.texts["name"].removesuffix("有限公司") + f"有限公司{chance.choice(_ROADS)}分公司"
    return other.but(name=name, landline=first.texts.get("landline"), identifier=None)


def _tenant(chance: random.Random, first: Planted) -> Planted:
    make = _person if first.kind is CustomerKind.PERSON else _organisation
    return replace(make(chance, first.entity + 1), address=first.address)


_OTHER: Final[Mapping[Case, Callable[[random.Random, Planted], Planted]]] = {
    Case.ONE_WRONG_CHARACTER: _wrong_character,
    Case.ANOTHER_PHONE: lambda _chance, first: first.but(
        identifier=None, landline=None, mobile=f"137{first.entity:08d}"
    ),
    Case.ANOTHER_PAPER: lambda _chance, first: (
        replace(first.but(identifier=f"E{first.entity:08d}"), paper=PaperKind.PASSPORT)
        if first.kind is CustomerKind.PERSON
        else first.but(identifier=None)
    ),
    Case.ANOTHER_SPELLING: lambda _chance, first: first.but(_otherwise(first.address or ""), identifier=None),
    Case.ANOTHER_LEGAL_FORM: lambda _chance, first: first.but(
        name=first.texts["name"].removeprefix("聊城市").removesuffix("有限公司"), identifier=None
    ),
    Case.LITTLE_KNOWN: lambda _chance, first: first.but(None, identifier=None),
    Case.FAMILY: _family,
    Case.NAMESAKES: _namesake,
    Case.BRANCH: _branch,
    Case.NEXT_TENANT: _tenant,
}


def customers(twos: list[tuple[Case, Planted, Planted]]) -> Iterator[tuple[str, Planted]]:
    """Yield every customer of the twos with an id."""
    for number, (_, first, second) in enumerate(twos):
        yield f"{number}-1", first
        yield f"{number}-2", second
