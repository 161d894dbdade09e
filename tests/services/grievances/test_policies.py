"""A policy of grievances is refused where it says what cannot be meant; what ships is accepted."""

import copy
from typing import Any

import pytest

from libs.common.policy import PolicyKind, PolicyVersion
from services.grievances.storage.policies import KINDS
from tests.services.grievances.samples import SHIPPED

LIMIT = {"code": "X", "name": "时限", "aim": "REPLY", "number": 1, "unit": "WORKDAYS", "source": "默认值"}
FAULTS: list[tuple[str, str, object, str]] = [
    ("grievance_limits", "limits", [], "至少"),
    ("grievance_limits", "limits", [LIMIT, LIMIT], "代码重复"),
    ("grievance_limits", "limits", [LIMIT | {"kinds": ["HELP"]}], "没有一般答复时限"),
    ("grievance_limits", "limits", [LIMIT | {"classes": ["LEAK"]}], "没有一般答复时限"),
    ("grievance_limits", "limits.0.number", 0, "不得小于"),
    ("grievance_limits", "limits.0.unit", "WEEKS", "规定的值"),
    ("grievance_limits", "heat.first", "02-30", "写法不符合规定"),
    ("grievance_categories", "categories", [{"code": "A", "name": "甲", "parent": "B"}], "上级不在其前"),
    ("grievance_categories", "categories", [{"code": "A", "name": "甲"}] * 2, "重复"),
    ("grievance_process", "utility_share", "1", "比例"),
    ("grievance_process", "utility_share", "0", "比例"),
    ("grievance_process", "call_days", 4, "回访天数"),
    ("grievance_process", "hours", [["12:00", "08:00"]], "依次排列"),
    ("grievance_process", "good_from", 6, "不得大于"),
    ("grievance_process", "answers", [{"code": "A", "title": "甲", "text": "乙"}] * 2, "代码重复"),
]


def test_each_policy_ships_a_version_that_is_read() -> None:
    assert {kind.name for kind in KINDS} == SHIPPED.keys()
    for kind in KINDS:
        assert kind.faults(SHIPPED[kind.name]) == []


@pytest.mark.parametrize(("policy", "path", "value", "said"), FAULTS)
def test_what_cannot_be_meant_is_refused(policy: str, path: str, value: object, said: str) -> None:
    kind: PolicyKind[Any] = next(kind for kind in KINDS if kind.name == policy)
    faults = kind.faults(_with(SHIPPED[policy], path, value))
    assert any(said in f"{fault.rule}{fault.remedy}" for fault in faults), faults


def _with(version: PolicyVersion, path: str, value: object) -> PolicyVersion:
    """Return a version with another value at a place of its body."""
    body = copy.deepcopy(version.body)
    *way, last = path.split(".")
    place: Any = body
    for name in way:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    return version.model_copy(update={"body": body})
