"""A policy of the registry is refused where it says what cannot be meant; what ships is accepted."""

import copy
from typing import Any

import pytest

from libs.common.places import load_places
from libs.common.policy import PolicyKind, PolicyVersion
from services.registry.storage.policies import KINDS, ZONE_POLICY
from tests.services.registry.samples import SHIPPED, ZONES


def test_each_policy_ships_a_version_that_is_read() -> None:
    assert {kind.name for kind in KINDS} == SHIPPED.keys()
    for kind in KINDS:
        assert kind.faults(SHIPPED[kind.name]) == []


TWICE = {"kind": "AUTHORISATION", "required": False}
FAULTS: list[tuple[str, str, object, str]] = [
    ("account_categories", "classes.1", "机关", "写法不符合规定"),
    ("account_categories", "rules", [], "至少"),
    ("account_categories", "rules.0.category", "XYZ", "规定的值"),
    ("account_categories", "rules.0.uses", [], "主体或用途"),
    ("account_categories", "rules.1.subjects", ["98"], "98"),
    ("account_categories", "rules.1.also", 1, "未定义"),
    ("enterprise_sizes", "industries", {}, "至少"),
    ("enterprise_sizes", "industries.RETAIL.employees", [300, 300, 10], "依次减小"),
    ("enterprise_sizes", "industries.RETAIL.revenue", [500, 100], "必填"),
    ("enterprise_sizes", "industries.RETAIL", {"name": "零售业"}, "至少按一项"),
    ("enterprise_sizes", "industries.RETAIL.revenue", ["20000", 500, 100], "整数"),
    ("masking", "rules.NAME.first", -1, "不得小于"),
    ("masking", "rules.NAME.stars", 1, "不得小于"),
    ("masking", "rules.SALARY", {}, "规定的值"),
    ("zone_streets", "zones.371579", ["371502001"], "开发区代码"),
    ("zone_streets", "zones.371571", ["371503001"], "所在的区"),
    ("zone_streets", "zones.371571", ["371502999"], "所在的区"),
    ("zone_streets", "zones.371571", ["371502108"], "写了两次"),
    ("zone_streets", "zones.371571", ["371502001"], "写了两次"),
    ("zone_streets", "none", ["371502001", "371502001"], "写了两次"),
    ("duplicate_matching", "threshold", "11/10", "阈值"),
    ("duplicate_matching", "threshold", "0", "阈值"),
    ("duplicate_matching", "threshold", "x", "分数"),
    ("duplicate_matching", "weights", {"name": 0}, "全部为零"),
    ("duplicate_matching", "ask_again_margin", "1", "分差"),
    ("duplicate_matching", "most_partners", 0, "不得小于"),
    ("duplicate_matching", "weights.shoe_size", 1, "规定的值"),
    ("account_requests", "kinds", {}, "缺少报停"),
    ("account_requests", "kinds.CLOSURE.workdays", 0, "不得小于"),
    ("account_requests", "kinds.CLOSURE.fee_fen", 100, "未定义"),
    ("account_requests", "kinds.CLOSURE.materials.0.kind", "IDENTITY", "规定的值"),
    ("account_requests", "kinds.SUSPENSION.refusals", ["ARREARS"], "不核对欠费"),
    ("account_requests", "kinds.CLOSURE.materials", [TWICE, TWICE], "列了两次"),
    ("account_requests", "heat.closing", "02-29", "写法不符合规定"),
    ("account_requests", "heat.closing", "11-16", "停用申请截止日"),
    ("account_requests", "heat.closing", "03-14", "停用申请截止日"),
    ("account_requests", "hours", [["08:30:00", "12:00:00"], ["11:00:00", "17:30:00"]], "互不重叠"),
]


@pytest.mark.parametrize(("policy", "path", "value", "rule"), FAULTS)
def test_a_fault_is_named(policy: str, path: str, value: object, rule: str) -> None:
    (kind,) = [kind for kind in KINDS if kind.name == policy]
    faults = kind.faults(changed(kind, path, value))
    assert any(rule in fault.rule for fault in faults), faults


def changed(kind: PolicyKind[Any], path: str, value: object) -> PolicyVersion:
    """The version that ships with one value of its body replaced."""
    body = copy.deepcopy(SHIPPED[kind.name].body)
    *parents, last = path.split(".")
    place: Any = body
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    place[last] = value
    return SHIPPED[kind.name].model_copy(update={"body": body})


def test_every_street_of_the_zones_parent_is_assigned_but_one() -> None:
    streets = {street.code for street in load_places().streets_of("371502")}
    assert streets - ZONES.zones.keys() == {"371502400"}
    assert set(ZONES.zones.values()) == {None, "371571", "371572", "371573"}
    assert ZONE_POLICY.read(SHIPPED["zone_streets"]) == ZONES
