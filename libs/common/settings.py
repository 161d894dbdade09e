"""Settings that every service reads from the environment (prefix `SQN_`)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LARGEST_FILE_MB = 64
"""What a route that takes a file reads at most, whatever the setting says below it."""


class CommonSettings(BaseSettings):
    """The environment of a service. Secrets come from environment variables only."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    database_url: str = Field(description="SQLAlchemy URL: postgresql+asyncpg://… or sqlite+aiosqlite:///…")
    bus_url: str = Field(description="kafka://host:port[,host:port] or sqlite:///path/to/bus.db")
    issuer: str = Field(description="Issuer of the access tokens, as in their iss claim")
    jwks_url: str = Field(description="Where the issuer publishes its keys")
    audience: str = "sqn"
    partitions: int = Field(default=6, description="Partitions of a topic that this service creates")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = Field(
        default="/", description="The service's address as its callers see it, for its OpenAPI document"
    )
    docs: bool = Field(default=False, description="Whether to serve /docs, a page to try the API on")
    log_style: str = Field(default="json", pattern="^(json|console)$")
    otel_endpoint: str | None = Field(default=None, description="OTLP over HTTP; tracing is off without it")
    objects_url: str | None = Field(
        default=None,
        description="Where files are kept: file:///directory or s3://bucket[/prefix][?endpoint=…&region=…]; "
        "without it uploads are answered with 503",
    )
    largest_file_mb: int = Field(
        default=20, ge=1, le=LARGEST_FILE_MB, description="The most that one file may have"
    )
    scan_command: str | None = Field(
        default=None,
        description="Command that gets a file's path and ends with 0 for a good one; without it nothing is scanned",
    )
    clock_file: Path | None = Field(
        default=None,
        description="Where another process keeps the instant that the system goes by; without it the machine's clock",
    )
    link_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Key of the links to files; processes share it, without it each has its own",
    )
