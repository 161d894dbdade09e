"""Who may say by which channel an application came (二（一）3 and 5)."""

import pytest

from libs.common.rules import RuleError
from services.hookup.domain.values.channels import Channel, entered_by_staff, proved_by_token

APPS = (Channel.ISHANDONG, Channel.WECHAT, Channel.GOV_PORTAL)
COUNTERS = (Channel.HALL, Channel.PHONE)


@pytest.mark.parametrize("given", [None, *Channel])
def test_staff_enter_what_came_to_their_counter_and_nothing_else(given: Channel | None) -> None:
    if given in COUNTERS:
        assert entered_by_staff(given) is given
    else:
        with pytest.raises(RuleError) as refused:
            entered_by_staff(given)
        assert refused.value.code == "channel-not-yours"


@pytest.mark.parametrize("proved", Channel)
def test_a_citizen_signs_in_to_an_app_and_a_channel_proves_itself(proved: Channel) -> None:
    assert proved_by_token(proved, None, by_citizen=False) is proved
    assert proved_by_token(proved, proved, by_citizen=False) is proved
    if proved in APPS:
        assert proved_by_token(proved, proved, by_citizen=True) is proved
    else:
        with pytest.raises(RuleError) as refused:
            proved_by_token(proved, None, by_citizen=True)
        assert refused.value.code == "channel-not-proved"


@pytest.mark.parametrize("by_citizen", [True, False])
@pytest.mark.parametrize("proved", [None, "", "LEDGER"])
def test_a_token_without_a_channel_proves_none(proved: str | None, by_citizen: bool) -> None:
    with pytest.raises(RuleError) as refused:
        proved_by_token(proved, Channel.WECHAT, by_citizen=by_citizen)
    assert refused.value.code == "channel-not-proved"


def test_no_other_channel_is_said_than_the_one_that_is_proved() -> None:
    with pytest.raises(RuleError) as refused:
        proved_by_token(Channel.WECHAT, Channel.PROJECT_APPROVAL, by_citizen=False)
    assert refused.value.code == "not-your-place"
