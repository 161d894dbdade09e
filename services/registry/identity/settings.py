"""What the sign-in of citizens reads from the environment."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s?#]*$")]
_AES_BYTES = 16
LONGEST_REALM = 64


class IdentitySettings(BaseSettings):
    """The environment of sign-in; what is not set is not offered. Secrets come from environment variables only."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    citizen_signing_keys: SecretStr | None = Field(
        default=None,
        description="Keys of citizens' tokens, the one that signs first: id:base64,id:base64, each of 32 bytes",
    )
    ishandong_url: Address | None = Field(default=None, description="Address of 爱山东, before /JIS")
    ishandong_app_mark: str | None = Field(
        default=None, max_length=LONGEST_REALM, description="This system's appmark there"
    )
    ishandong_app_word: SecretStr | None = Field(
        default=None, description="Its appword, of 16 ASCII characters"
    )
    ishandong_faults: str = Field(
        default="",
        description="Return codes by which the platform refuses this application and not the ticket, with commas",
    )
    wechat_url: Address = Field(default="https://api.weixin.qq.com", description="Address of WeChat's API")
    wechat_appid: str | None = Field(
        default=None, max_length=LONGEST_REALM, description="The mini-program's AppID"
    )
    wechat_secret: SecretStr | None = Field(default=None, description="The mini-program's AppSecret")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ishandong = (self.ishandong_url, self.ishandong_app_mark, self.ishandong_app_word)
        if any(ishandong) and not all(ishandong):
            raise ValueError(
                "SQN_ISHANDONG_URL, SQN_ISHANDONG_APP_MARK and SQN_ISHANDONG_APP_WORD go together"
            )
        if self.ishandong_app_word is not None:
            word = self.ishandong_app_word.get_secret_value()
            if not word.isascii() or len(word) != _AES_BYTES:
                raise ValueError(f"SQN_ISHANDONG_APP_WORD has {_AES_BYTES} ASCII characters")
        if bool(self.wechat_appid) != bool(self.wechat_secret):
            raise ValueError("SQN_WECHAT_APPID and SQN_WECHAT_SECRET go together")
        return self
