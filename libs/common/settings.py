"""Settings that every service reads from the environment (prefix `SQN_`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class CommonSettings(BaseSettings):
    """What a service needs to know about where it runs. Secrets come from the environment only."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    database_url: str = Field(description="SQLAlchemy URL: postgresql+asyncpg://… or sqlite+aiosqlite:///…")
    bus_url: str = Field(description="kafka://host:port[,host:port] or sqlite:///path/to/bus.db")
    issuer: str = Field(description="Issuer of the access tokens, as in their iss claim")
    jwks_url: str = Field(description="Where the issuer publishes its keys")
    audience: str = "sqn"
    partitions: int = Field(default=6, description="Partitions of a topic that this service creates")
    host: str = "127.0.0.1"
    port: int = 8000
    log_style: str = Field(default="json", pattern="^(json|console)$")
    otel_endpoint: str | None = Field(default=None, description="OTLP over HTTP; tracing is off without it")
