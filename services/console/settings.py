"""Settings of the console."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, create_model, model_validator

from libs.common import discovery
from libs.common.settings import IdentitySettings
from libs.pages.declaration import ServicePages


@cache
def pages_by_service() -> Mapping[str, ServicePages]:
    """Return the pages of every service that has some, by its name."""
    modules = {name: discovery.module_of(name, "pages") for name in discovery.names()}
    return {name: module.PAGES for name, module in modules.items() if module is not None}


class _Settings(IdentitySettings):
    """Where the console is, whom it asks, who signs its users in, where it keeps their sessions. It has no bus.

    For every service with pages there is the field `<name>_url`: the address of its API, without /v1.
    """

    database_url: str = Field(description="SQLAlchemy URL of the sessions, which replicas share")
    audience: str = "sqn"
    client_id: str = Field(default="console", description="The console's id at the issuer")
    client_secret: SecretStr | None = Field(default=None, description="For an issuer that wants one")
    scope: str = Field(default="openid profile", description="What is asked of the issuer")
    idle_minutes: int = Field(
        default=30, ge=1, le=30, description="A session ends when its user has done nothing for so long"
    )
    session_hours: int = Field(
        default=8, ge=1, le=12, description="A session ends after so long, whatever is done"
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="Address in the users' browsers")
    session_secret: SecretStr = Field(min_length=32, description="The key of the cookies; replicas share it")
    host: str = "127.0.0.1"
    port: int = 8000
    log_style: str = Field(default="json", pattern="^(json|console)$")
    follows_templates: bool = Field(
        default=False,
        description="Look before each page whether its templates have changed: for who edits them",
    )

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the console over TLS."""
        return self.public_url.startswith("https://")

    def url_of(self, service: str) -> str:
        """Return the address of a service's API."""
        url: str = getattr(self, f"{service}_url")
        return url

    @model_validator(mode="after")
    def _public_url_is_an_origin(self) -> Self:
        parts = urlsplit(self.public_url)
        if not parts.hostname or self.public_url != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("public_url is an origin: scheme, host and port, without a path")
        if not self.is_secure and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("public_url without TLS is for this machine only: cookies would be readable")
        return self


if TYPE_CHECKING:
    Settings = _Settings
else:
    _urls: dict[str, Any] = {
        f"{name}_url": (str, Field(description=f"Address of the API of {name}, without /v1"))
        for name in pages_by_service()
    }
    Settings = create_model("Settings", __base__=_Settings, __module__=__name__, **_urls)
