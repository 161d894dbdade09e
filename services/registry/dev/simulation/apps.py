"""Customers who sign in by 爱山东, as its app's back end exchanges their tickets."""

from typing import Final

import httpx
import structlog
import uuid_utils

from libs.development.parts import Token

log = structlog.get_logger(__name__)

CITIZEN: Final = "citizen "
"""Begins the role of a customer in the simulation; the 户号 of an account follows."""


class Apps:
    """Signs in whoever holds an account of the example city; `providers` is where tickets are given out."""

    def __init__(self, api: httpx.AsyncClient, providers: str, token: Token) -> None:
        self._api = api
        self._providers = providers
        self._token = token

    async def sign_in(self, account: str) -> str:
        """Return a token of the holder of an account, "" where the registry refuses one: then it refuses that, too.

        Raises `httpx.HTTPError` where a ticket is not given out.
        """
        proof = await self._api.post(f"{self._providers}/proofs/ISHANDONG/{account}")
        given = proof.raise_for_status().json()
        headers = {
            "Authorization": f"Bearer {await self._token('simulator-channel')}",
            "Idempotency-Key": str(uuid_utils.uuid7()),
        }
        answer = await self._api.post(given["path"], json=given["body"], headers=headers)
        if not answer.is_success:
            log.info("simulator_not_signed_in", status=answer.status_code)
            return ""
        return str(answer.json()["access_token"])
