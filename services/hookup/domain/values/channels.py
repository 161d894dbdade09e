"""The ways in which users apply (申请渠道), and who may say by which one an application came.

二（一）3 and 5: the approval system's one form owes no material (HK-05), so no one else may claim to be it.
"""

from enum import StrEnum

from libs.common.rules import RuleError


class Channel(StrEnum):
    """A way to apply."""

    ISHANDONG = "ISHANDONG"
    WECHAT = "WECHAT"
    GOV_PORTAL = "GOV_PORTAL"
    PROJECT_APPROVAL = "PROJECT_APPROVAL"
    HALL = "HALL"
    PHONE = "PHONE"


# What citizens sign in to, and what staff enter for a user who came or called.
_ALL = frozenset(Channel)
APPS = frozenset({Channel.ISHANDONG, Channel.WECHAT, Channel.GOV_PORTAL})
COUNTERS = frozenset({Channel.HALL, Channel.PHONE})


def entered_by_staff(channel: Channel | None) -> Channel:
    """Return the channel of what staff enter. Raises RuleError for any but their own."""
    if channel not in COUNTERS:
        raise RuleError(
            "channel-not-yours",
            "窗口登记的申请，渠道只能是办事大厅或电话",
            "请填写 HALL 或 PHONE；用户自己在应用中提交的申请不由窗口代填渠道",
            "channel",
        )
    return channel


def proved_by_token(proved: str | None, channel: Channel | None, *, by_citizen: bool) -> Channel:
    """Return the channel that an access token proves: an app's own, or that in which a citizen signed in.

    Raises RuleError where the token proves none, and where another one is given.
    """
    if proved is None or proved not in (APPS if by_citizen else _ALL):
        raise RuleError(
            "channel-not-proved",
            "访问令牌没有说明申请渠道",
            "请从爱山东APP、微信公众号或政务服务网登录后提交",
            "channel",
        )
    if channel not in (None, proved):
        raise RuleError("not-your-place", "只能以本渠道提交申请", "请不填渠道，或填写本渠道的代码", "channel")
    return Channel(proved)
