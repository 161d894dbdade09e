"""The published lists of materials (HK-05, HK-06)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.places import Supply
from libs.common.policy import PolicyVersion
from libs.common.problems import is_chinese
from services.hookup.domain.values.materials import (
    MATERIAL_NAMES,
    ListedMaterial,
    MaterialFile,
    MaterialList,
    MaterialPolicy,
)
from services.hookup.domain.values.names import CHANNEL_NAMES
from services.hookup.storage.policies import MATERIAL_LIST
from tests.services.hookup.domain.material_samples import SHIPPED, VERSION, K, a_file, kinds

listed = st.builds(ListedMaterial, kinds, st.booleans(), st.none() | st.just("电子证照"))
lists = st.lists(listed, unique_by=lambda each: each.kind).map(lambda of: MaterialList("1", tuple(of)))


@given(lists, st.lists(kinds.map(a_file)))
def test_missing_is_what_the_user_must_bring_and_has_not(of: MaterialList, files: list[MaterialFile]) -> None:
    missing = of.missing(files)
    assert set(missing).isdisjoint(each.kind for each in files)
    assert all(of.may_be_asked(kind) for kind in missing)
    there = [*files, *map(a_file, missing)]
    assert of.missing(there) == []
    assert missing == [each.kind for each in of.materials if each.kind in missing]


@given(lists, st.text(max_size=20) | kinds)
def test_only_what_is_listed_and_not_shared_may_be_asked_for(of: MaterialList, code: str) -> None:
    said = [each for each in of.materials if each.kind == code]
    assert of.may_be_asked(code) == (bool(said) and said[0].shared_from is None)


def test_the_approval_systems_cases_need_nothing() -> None:
    for supply in Supply:
        pushed = SHIPPED.of(supply, "PROJECT_APPROVAL")
        assert (pushed.materials, pushed.missing([])) == ((), [])
        assert not any(pushed.may_be_asked(kind) for kind in K)


def test_every_service_and_channel_has_its_list() -> None:
    assert SHIPPED.lists.keys() == {(supply, channel) for supply in Supply for channel in CHANNEL_NAMES}
    assert MATERIAL_NAMES.keys() == set(K)


def test_without_a_list_nothing_may_be_asked_for() -> None:
    assert MaterialPolicy().of(Supply.WATER, "ISHANDONG").materials == ()


def test_a_certificate_is_shared_and_a_form_is_filled_in_once() -> None:
    online, counter = (SHIPPED.of(Supply.GAS, channel) for channel in ("WECHAT", "HALL"))
    for kind in (K.IDENTITY, K.BUSINESS_LICENCE):
        assert not online.may_be_asked(kind)
        assert not counter.may_be_asked(kind)
    assert online.missing([]) == []
    assert counter.missing([]) == [K.APPLICATION_FORM]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"lists": [*VERSION.body["lists"], VERSION.body["lists"][0]]},
        {"lists": [{**VERSION.body["lists"][2], "materials": VERSION.body["lists"][2]["materials"] * 2}]},
        {"lists": [{**VERSION.body["lists"][0], "materials": [{"kind": "BLOOD", "required": True}]}]},
        {"lists": [{**VERSION.body["lists"][0], "supplies": ["STEAM"]}]},
        {"lists": VERSION.body["lists"][1:]},
        {"lists": [{**VERSION.body["lists"][0], "channels": ["FAX"]}, *VERSION.body["lists"]]},
        {"lists": []},
        {"most": 1},
        {"most_files": 0},
        {"link_minutes": "10"},
    ],
)
def test_a_list_that_does_not_hold_together_is_refused(spoilt: dict[str, Any]) -> None:
    version: PolicyVersion = VERSION.model_copy(update={"body": {**VERSION.body, **spoilt}})
    faults = MATERIAL_LIST.faults(version)
    assert faults
    assert all(each.field.startswith(f"body.{next(iter(spoilt))}") for each in faults)
    assert all(is_chinese(each.rule) and is_chinese(each.remedy) for each in faults)


def test_evidence_is_on_no_list() -> None:
    first, *others = VERSION.body["lists"]
    asked = {**first, "materials": [*first["materials"], {"kind": "EVIDENCE", "required": True}]}
    body = {**VERSION.body, "lists": [asked, *others]}
    [fault] = MATERIAL_LIST.faults(VERSION.model_copy(update={"body": body}))
    assert fault.field == "body.lists[0].materials"
    assert "依据材料" in fault.rule
