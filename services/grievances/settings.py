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


class Settings(HotlineSettings, EncryptionSettings, AuditSettings):
    """What every service needs, the keys of personal data and of the audit record, and the hotline."""

    ratings_url: str | None = Field(
        default=None,
        description="Where ratings are sent for the province: https://… or file:///directory; without it they wait",
    )
    ratings_token: SecretStr | None = Field(default=None, description="Bearer token for ratings_url")
