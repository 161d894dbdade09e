"""Parts of names and addresses: what holds them in whatever spelling, and what does not."""

import pytest

from services.registry.domain.particulars import CustomerKind
from services.registry.domain.parts_of_texts import AddressPart, comparable_part, has_name

_PERSON, _ORGANISATION = CustomerKind.PERSON, CustomerKind.ORGANISATION


@pytest.mark.parametrize(
    ("name", "kind", "part", "has"),
    [
        ("王某某", _PERSON, "王", True),
        ("欧阳某", _PERSON, "欧阳", True),
        ("李王某", _PERSON, "王", False),
        ("阿卜杜·某", _PERSON, "阿卜杜某", True),
        ("Wang Mou", _PERSON, "wang", True),
        ("聊城示例商贸有限公司", _ORGANISATION, "示例商贸", True),
        ("聊城示例商贸有限公司", _ORGANISATION, "聊城 示例", True),
        ("聊城示例商贸有限公司", _ORGANISATION, "食品", False),
    ],
)
def test_a_name_holds_its_part(name: str, kind: CustomerKind, part: str, has: bool) -> None:
    assert has_name(name, kind, comparable_part(part)) is has


@pytest.mark.parametrize(
    ("part", "has"),
    [
        ("东关街", True),
        ("东关街12号", True),
        ("东关街十二号", True),
        ("东关街2号", False),
        ("2号", False),
        ("12号3栋", True),
        ("三号楼", True),
        ("3号楼2单元", True),
        ("3-2-501", True),
        ("2单元50", False),
        ("501室", True),
        ("01室", False),
        ("古楼街道", True),
        ("西关街", False),
        ("街东关", False),
    ],
)
def test_an_address_holds_its_part_however_it_is_spelled(part: str, has: bool) -> None:
    read = AddressPart.of(part)
    for address in ("东昌府区古楼街道东关街12号3号楼2单元501", "古楼街道 东关街十二号 3栋二单元501室"):
        assert read.is_in(address) is has
