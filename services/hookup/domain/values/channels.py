"""Application channels (申请渠道), and who may state the channel of an application.

The approval system's form needs no material (二（一）3 and 5; HK-05), so no other caller may claim its channel.
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


# The apps that citizens sign in to; the counters, which staff enter for a user who came or called.
_ALL = frozenset(Channel)
APPS = frozenset({Channel.ISHANDONG, Channel.WECHAT, Channel.GOV_PORTAL})
COUNTERS = frozenset({Channel.HALL, Channel.PHONE})


def entered_by_staff(channel: Channel | None) -> Channel:
    """Return the channel that staff entered. Raises RuleError unless it is a counter's."""
    if channel not in COUNTERS:
        raise RuleError(
            "channel-not-yours",
            "窗口登记的申请，渠道只能是办事大厅或电话",
            "请填写 HALL 或 PHONE；用户自己在应用中提交的申请不由窗口代填渠道",
            "channel",
        )
    return channel


def proved_by_token(proved: str | None, channel: Channel | None, *, by_citizen: bool) -> Channel:
    """Return the channel that an access token proves: an app's own, or that of the app a citizen signed in to.

    Raises RuleError where the token proves none, or where the application states another one.
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
