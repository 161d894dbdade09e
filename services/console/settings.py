"""Settings of the console."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the console is, whom it asks, and who signs its users in. It has no database and no bus."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    hookup_url: str = Field(description="Address of the hookup service, without /v1")
    metrics_url: str = Field(description="Address of the metrics service, without /v1")
    issuer: str = Field(description="OIDC issuer; it publishes /.well-known/openid-configuration")
    audience: str = "sqn"
    client_id: str = Field(default="console", description="The console's id at the issuer")
    client_secret: SecretStr | None = Field(default=None, description="For an issuer that wants one")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Address in the users' browsers")
    session_secret: SecretStr = Field(min_length=32, description="The key of the cookies; replicas share it")
    host: str = "127.0.0.1"
    port: int = 8000
    log_style: str = Field(default="json", pattern="^(json|console)$")

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the console over TLS."""
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _public_url_is_an_origin(self) -> Self:
        parts = urlsplit(self.public_url)
        if not parts.hostname or self.public_url != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("public_url is an origin: scheme, host and port, without a path")
        if not self.is_secure and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("public_url without TLS is for this machine only: cookies would be readable")
        return self
