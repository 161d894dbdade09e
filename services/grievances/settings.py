"""Settings of the grievances service."""

from pydantic import Field, SecretStr

from libs.common.audit.keys import AuditSettings
from libs.common.encryption.keys import EncryptionSettings
from libs.common.settings import CommonSettings


class HotlineSettings(CommonSettings):
    """Where the hotline (12345) is told what became of its orders."""

    hotline_url: str | None = Field(
        default=None,
        pattern="^(https?://|file:///)",
        description="Where messages to the hotline (12345) are posted: https://…, or file:///directory for files of "
        "JSON lines; without it they wait",
    )
    hotline_token: SecretStr | None = Field(
        default=None, description="Token that this system proves itself with to the hotline"
    )
    hotline_seconds: float = Field(
        default=10.0, gt=0, le=60, description="How long one message to the hotline may take as a whole"
    )

    def hotline_faults(self) -> list[str]:
        """Return in words what production must not have of it."""
        if self.hotline_url is None:
            return []
        faults = []
        if not self.hotline_url.startswith("https://"):
            faults.append(
                "SQN_HOTLINE_URL: replies to persons would leave in the clear; give an https address"
            )
        if self.hotline_token is None:
            faults.append("SQN_HOTLINE_TOKEN: the hotline cannot know who sends; give its token")
        return faults


class MessageSettings(CommonSettings):
    """Where messages to persons (短信) are handed over."""

    messages_url: str | None = Field(
        default=None,
        pattern="^(https?://|file:///.)",
        description="Where messages to persons are sent: https://… or file:///directory; without it they wait",
    )
    messages_token: SecretStr | None = Field(
        default=None, description="Token that this system proves itself with to the sender of messages"
    )
    messages_seconds: float = Field(
        default=10.0, gt=0, le=60, description="How long one message to a person may take as a whole"
    )
    messages_site: str = Field(
        default="http://127.0.0.1:8000",
        pattern="^https?://",
        description="Address of the console in the browsers of persons, which links in messages begin with",
    )

    def message_faults(self) -> list[str]:
        """Return in words what production must not have of it."""
        if self.messages_url is None:
            return []
        faults = []
        if not self.messages_url.startswith("https://"):
            faults.append(
                "SQN_MESSAGES_URL: numbers of persons would leave in the clear; give an https address"
            )
        if self.messages_token is None:
            faults.append("SQN_MESSAGES_TOKEN: the sender of messages cannot know who asks; give its token")
        if not self.messages_site.startswith("https://"):
            faults.append("SQN_MESSAGES_SITE: persons would answer in the clear; give an https address")
        return faults


class Settings(HotlineSettings, MessageSettings, EncryptionSettings, AuditSettings):
    """What every service needs, the keys of personal data and of the audit record, the hotline and messages."""

    ratings_url: str | None = Field(
        default=None,
        description="Where ratings are sent for the province: https://… or file:///directory; without it they wait",
    )
    ratings_token: SecretStr | None = Field(default=None, description="Bearer token for ratings_url")
