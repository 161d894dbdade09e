"""What the tests of materials share: the lists that ship, files, and a case that waits for them."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from libs.common.places import Supply
from libs.common.policy import read_policies
from libs.common.rules import RuleError
from services.hookup.domain.case import Case
from services.hookup.domain.values.materials import (
    MaterialFile,
    MaterialKind,
)
from services.hookup.domain.values.rules import Rules
from services.hookup.domain.verbs.materials import (
    request_materials,
)
from services.hookup.storage.material_lists import POLICY, material_policy
from tests.services.hookup.domain.samples import at
from tests.support.hookup import HOME, RULES, submitted_case

K = MaterialKind
VERSION = next(each for each in read_policies(HOME / "policies.yaml") if each.policy == POLICY)
SHIPPED = material_policy(VERSION)
LISTED = replace(RULES, materials=SHIPPED)
MONDAY_TEN = at("2022-07-04 10:00")
kinds = st.sampled_from(K)


def a_file(kind: MaterialKind = K.PREMISES_PROOF, number: int = 1) -> MaterialFile:
    return MaterialFile(
        f"F-{number}", kind, f"hookup/x/{number}", "application/pdf", 10, "0" * 64, MONDAY_TEN, "citizen-1"
    )


def waiting(channel: str = "ISHANDONG", supply: Supply = Supply.WATER) -> Case:
    """A case that waits for the clerk's answer; nothing has happened since its submission."""
    case = submitted_case(complete=False, supply=supply, rules=LISTED)
    case.channel = channel
    case.pending_events.clear()
    return case


def refused(case: Case, *codes: str, rules: Rules = LISTED) -> RuleError:
    with pytest.raises(RuleError) as error:
        request_materials(case, codes, MONDAY_TEN, rules)
    return error.value


def happened(case: Case) -> list[tuple[str, dict[str, object]]]:
    """What happened, without what every event says."""
    common = ("length_class", "special")
    return [
        (each.event, {name: value for name, value in each.data.items() if name not in common})
        for each in case.pending_events
    ]
