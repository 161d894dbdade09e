"""Settings that every service reads from the environment (prefix `SQN_`)."""

from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from libs.common.database.tls import wrong_mode

KAFKA_OVER_TLS: Final = "kafka+ssl://"

LARGEST_FILE_MB = 64
"""What a route that takes a file reads at most, whatever the setting says below it."""


class ProductionSetting(BaseSettings):
    """Whether this is production."""

    model_config = SettingsConfigDict(env_prefix="SQN_", extra="ignore")

    production: bool = Field(
        default=False,
        description="Refuse to start with settings that production must not have, and name all of them",
    )


class IdentitySettings(ProductionSetting):
    """Who signs the tokens, and how administrators prove themselves."""

    issuer: str = Field(description="OIDC issuer of the access tokens, as in their iss claim")
    administrator_acr: str | None = Field(
        default=None,
        min_length=1,
        description="The acr of a sign-in with a second factor: in another token no role of an administrator counts",
    )


class CommonSettings(IdentitySettings):
    """The environment of a service. Secrets come from environment variables only."""

    database_url: str = Field(
        description="SQLAlchemy URL: postgresql+asyncpg://…[?sslmode=verify-full&sslrootcert=/path/ca.pem] or "
        "sqlite+aiosqlite:///…; without sslrootcert the machine's CAs verify the server"
    )
    bus_url: str = Field(
        description="kafka+ssl://host:port[,host:port] over TLS, kafka://… in clear text, or "
        "sqlite:///path/to/bus.db"
    )
    bus_ca_file: Path | None = Field(
        default=None, description="CA certificates that verify Kafka's brokers; without it the machine's"
    )
    bus_user: str | None = Field(default=None, description="The service's user at Kafka, over TLS only")
    bus_password: SecretStr | None = Field(default=None, description="Password of bus_user")
    bus_mechanism: Literal["SCRAM-SHA-512", "PLAIN"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism by which bus_user proves itself"
    )
    jwks_url: str = Field(description="Where the issuer publishes its keys")
    citizen_issuer: str | None = Field(
        default=None,
        description="Issuer of citizens' tokens, as in their iss claim; without it SQN_ISSUER speaks for them too",
    )
    citizen_jwks_url: str | None = Field(default=None, description="Where it publishes its keys")
    audience: str = Field(default="sqn", description="For whom access tokens are, as in their aud claim")
    partitions: int = Field(default=6, description="Partitions of a topic that this service creates")
    host: str = Field(default="127.0.0.1", description="Address to listen at")
    port: int = Field(default=8000, description="Port to listen at")
    public_url: str = Field(
        default="/", description="The service's address as its callers see it, for its OpenAPI document"
    )
    docs: bool = Field(default=False, description="Whether to serve /docs, a page to try the API on")
    log_style: str = Field(
        default="json", pattern="^(json|console)$", description="json, or console for who reads along"
    )
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

    @field_validator("database_url")
    @classmethod
    def _has_a_known_sslmode(cls, value: str) -> str:
        try:
            url = make_url(value)
        except ArgumentError:
            # Without the text: it may hold a password.
            raise ValueError("not of the form postgresql+asyncpg://… or sqlite+aiosqlite:///…") from None
        if wrong := wrong_mode(url):
            raise ValueError(wrong)
        return value

    @model_validator(mode="after")
    def _bus_user_goes_over_tls(self) -> Self:
        if (self.bus_user is None) != (self.bus_password is None):
            raise ValueError("bus_user and bus_password are set together")
        if (self.bus_user or self.bus_ca_file) and not self.bus_url.startswith(KAFKA_OVER_TLS):
            raise ValueError(f"bus_user and bus_ca_file need a bus_url {KAFKA_OVER_TLS}…")
        return self

    @model_validator(mode="after")
    def _citizens_have_an_issuer_of_their_own(self) -> Self:
        if (self.citizen_issuer is None) != (self.citizen_jwks_url is None):
            raise ValueError("SQN_CITIZEN_ISSUER and SQN_CITIZEN_JWKS_URL go together")
        if self.citizen_issuer == self.issuer:
            raise ValueError("SQN_CITIZEN_ISSUER is not SQN_ISSUER: each speaks for its own kinds of callers")
        return self
