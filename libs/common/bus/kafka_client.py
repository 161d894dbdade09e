"""How a client of aiokafka reaches a cluster, and is started and stopped within bounds of time."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed
from pydantic import SecretStr

from libs.common.bus.port import BusError

OPENING = 30.0
"""Seconds to connect, to create topics, or to be given a part of a group that is just being divided."""

FAILURES = (KafkaError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """How clients reach a cluster: without `tls` in clear text, with a user by SASL and over TLS only."""

    bootstrap: str
    tls: ssl.SSLContext | None = None
    user: str | None = None
    password: SecretStr | None = None
    mechanism: str = "SCRAM-SHA-512"

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password is None):
            raise ValueError("a user has a password")
        if self.user is not None and self.tls is None:
            raise ValueError("without TLS anybody in between could read the password")

    def options(self) -> dict[str, Any]:
        """Return the arguments of every client of aiokafka."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self._security()}

    def _security(self) -> dict[str, Any]:
        if self.tls is None:
            return {}
        if self.user is None or self.password is None:
            return {"security_protocol": "SSL", "ssl_context": self.tls}
        return {
            "security_protocol": "SASL_SSL",
            "ssl_context": self.tls,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password.get_secret_value(),
        }

    async def reason(self, error: BaseException) -> str:
        """Return why a client did not start; aiokafka only says that no broker could be used, so one is asked."""
        if not isinstance(error, KafkaConnectionError):
            return repr(error)
        host, port, _ = collect_hosts(self.bootstrap)[0]
        try:
            async with asyncio.timeout(OPENING):
                (await create_conn(host, port, **self._security())).close()
        except ssl.SSLCertVerificationError as cause:
            return (
                f"the certificate of the broker at {host}:{port} is not good ({cause.verify_message}): "
                "see the CA in SQN_BUS_CA_FILE and the host in SQN_BUS_URL"
            )
        except SaslAuthenticationFailed:
            return (
                f"the broker at {host}:{port} refuses the user {self.user} by {self.mechanism}: "
                "see SQN_BUS_USER, SQN_BUS_PASSWORD and SQN_BUS_MECHANISM"
            )
        except FAILURES as cause:
            return f"{error!r}, since {cause!r}"
        return repr(error)


async def start(kafka: Any, close: Callable[[], Awaitable[None]], access: KafkaAccess) -> None:
    """Start a client; one that cannot be is closed. Raises BusError."""
    try:
        async with asyncio.timeout(OPENING):
            await kafka.start()
    except BaseException as error:
        await close()
        if isinstance(error, FAILURES):
            raise BusError(f"Kafka could not be reached: {await access.reason(error)}") from error
        raise


async def stop(kafka: Any, client: Any, seconds: float) -> None:
    """Stop in aiokafka's own way; when the brokers do not answer hang up, which ends every wait for them."""
    stopping = asyncio.create_task(kafka.stop())
    await asyncio.wait({stopping}, timeout=seconds)
    if not stopping.done():
        await client.close()
        await asyncio.wait({stopping}, timeout=seconds)
        stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
