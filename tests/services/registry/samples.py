"""What the tests of the registry share: the vectors, and the policies that ship."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from libs.common.check_digits import credit_code_check, organisation_check, resident_check
from libs.common.places import load_places
from libs.common.policy import PolicyKind, PolicyVersion, read_policies
from services.registry.domain.addresses import AddressResolver
from services.registry.storage import policies

T = TypeVar("T")
VECTORS: Mapping[str, Any] = json.loads((Path(__file__).parents[2] / "vectors.json").read_bytes())
SHIPPED: Mapping[str, PolicyVersion] = {
    version.policy: version for version in read_policies(Path(policies.__file__).parents[1] / "policies.yaml")
}


def shipped(kind: PolicyKind[T]) -> T:
    """The model of the version of a policy that ships."""
    return kind.read(SHIPPED[kind.name])


CATEGORIES = shipped(policies.CATEGORY_POLICY)
SIZES = shipped(policies.SIZE_POLICY)
MASKS = shipped(policies.MASK_POLICY)
ZONES = shipped(policies.ZONE_POLICY)
MATCHING = shipped(policies.MATCH_POLICY)
RESOLVER = AddressResolver(load_places(), ZONES)


def credit_code(serial: int, kind: str = "91") -> str:
    """A valid credit code of a class; of nobody, since its organisation code counts from one."""
    organisation = f"{serial:08d}"
    body = f"{kind}371502{organisation}{organisation_check(organisation)}"
    return body + credit_code_check(body)


def resident_id(serial: int) -> str:
    """A valid resident id of nobody: a birthday in 1985 of 聊城地区 as it was numbered then."""
    body = f"37250119850101{serial:03d}"
    return body + resident_check(body)


def mobile(serial: int) -> str:
    """A mobile number."""
    return f"138{serial:08d}"


def organisation(serial: int = 1, **more: object) -> dict[str, object]:
    """An enterprise as a clerk describes it."""
    described = {
        "kind": "ORGANISATION",
        "name": f"示例第{serial}商贸有限公司",
        "identifier": credit_code(serial),
        "mobile": mobile(serial),
        "contact": "王某",
    }
    return described | more


def person(serial: int = 1, **more: object) -> dict[str, object]:
    """A person as a clerk describes it."""
    described = {
        "kind": "PERSON",
        "name": "王某某",
        "identifier": resident_id(serial),
        "mobile": mobile(5_000_000 + serial),
    }
    return described | more


def new_account(customer: Mapping[str, object], number: str = "0001", **more: object) -> dict[str, object]:
    """An account to open with its customer."""
    described = {
        "customer": customer,
        "use": "COMMERCIAL" if customer["kind"] == "ORGANISATION" else "RESIDENTIAL",
        "price_class": "NON_RESIDENT",
        "number": number,
        "address": "聊城市东昌府区古楼街道东关街12号",
    }
    return described | more
