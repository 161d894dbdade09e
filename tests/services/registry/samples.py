"""What the tests of the registry share: the vectors, and the policies that ship."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

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
