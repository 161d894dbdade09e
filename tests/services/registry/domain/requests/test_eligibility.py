"""Which request can be made on an account, and the rule and remedy where none can."""

from datetime import date

import pytest

from libs.common.places import Supply
from libs.common.rules import RuleError
from services.registry.domain.accounts import AccountState
from services.registry.domain.requests.eligibility import check_eligible
from services.registry.domain.requests.values import RequestKind
from tests.services.registry.request_samples import POLICY, account

K = RequestKind
ANY_DAY = date(2022, 7, 4)


def refused(kind: RequestKind, today: date, supply: Supply = Supply.HEAT, state: str = "ACTIVE") -> str:
    """The code of the rule that refuses, empty where none does."""
    item = account(supply)
    item.state = AccountState(state)
    try:
        check_eligible(item, kind, today, POLICY, None)
    except RuleError as error:
        return error.code if error.text and error.remedy else "nothing is said"
    return ""


@pytest.mark.parametrize(
    ("today", "code"),
    [
        (date(2022, 10, 15), ""),
        (date(2022, 10, 16), "heat-closing-passed"),
        (date(2022, 11, 14), "heat-closing-passed"),
        (date(2022, 11, 15), "heating-season"),
        (date(2022, 12, 31), "heating-season"),
        (date(2023, 1, 1), "heating-season"),
        (date(2023, 3, 15), "heating-season"),
        (date(2023, 3, 16), ""),
    ],
)
def test_heat_is_stopped_until_the_years_closing_date_and_not_in_the_season(today: date, code: str) -> None:
    assert refused(K.SUSPENSION, today) == code
    assert refused(K.SUSPENSION, today, Supply.WATER) == ""
    assert refused(K.SUSPENSION, today, Supply.GAS) == ""


def test_what_the_season_does_not_exclude_goes_on_in_it() -> None:
    winter = date(2022, 12, 1)
    assert refused(K.CLOSURE, winter) == "heating-season"
    assert refused(K.CLOSURE, date(2022, 10, 20)) == ""
    assert refused(K.RESUMPTION, winter, state="SUSPENDED") == ""
    assert refused(K.TRANSFER, winter) == ""
    assert refused(K.CHANGE, winter) == ""


@pytest.mark.parametrize(
    ("state", "eligible"),
    [
        ("ACTIVE", {K.SUSPENSION, K.TRANSFER, K.CLOSURE, K.CHANGE}),
        ("SUSPENDED", {K.RESUMPTION, K.TRANSFER, K.CLOSURE, K.CHANGE}),
        ("CLOSED", set()),
    ],
)
def test_the_state_of_the_account_decides(state: str, eligible: set[RequestKind]) -> None:
    codes = {kind: refused(kind, ANY_DAY, state=state) for kind in RequestKind}
    assert {kind for kind, code in codes.items() if not code} == eligible
    assert {code for code in codes.values() if code} <= {"account-state"}


def test_an_open_request_stands_in_the_way_and_is_named() -> None:
    with pytest.raises(RuleError, match="request-open") as refusal:
        check_eligible(account(), K.CHANGE, ANY_DAY, POLICY, "YW-W-371502-20220704-0001")
    assert "YW-W-371502-20220704-0001" in refusal.value.text
