"""All services in one process, and everything that leaves them: logs, spans, counts, names of files, refusals."""

import contextlib
import io
import logging
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import structlog
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest

from libs.common import discovery, logs, telemetry, worker
from libs.common.auth.callers import Assurance, Caller, Scope, ScopeKind
from libs.common.clock import SHANGHAI, ManualClock
from libs.common.database.tables import idempotency
from libs.common.encryption.keys import EncryptionSettings
from libs.common.http.quotas import QUOTAS
from libs.common.policy import PolicyBook
from services.dev import Laptop, compose, running, serving
from tests.e2e.marks import DETECTED, Leak, Marks
from tests.support.running_city import ports_in_a_row
from tools.contracts_personal_data import PLATFORM, tables

BEGINS = datetime(2022, 9, 26, 10, tzinfo=SHANGHAI)
UTILITY = Scope(ScopeKind.UTILITY, "W-371502")
CITY = Scope(ScopeKind.CITY)
CHANNEL = Scope(ScopeKind.CHANNEL, "ISHANDONG")


def citizen(customer: str) -> Caller:
    """Return a customer who is signed in by 爱山东 under the real name."""
    scope = Scope(ScopeKind.CITIZEN, customer.upper())
    return Caller(customer, frozenset({"citizen"}), scope, channel="ISHANDONG", assurance=Assurance.REAL_NAME)


CLERK = Caller("o-clerk", frozenset({"clerk", "approver", "agent"}), UTILITY)
HEAD = Caller("o-head", frozenset({"approver"}), UTILITY)
OFFICIAL = Caller("o-city", frozenset({"window", "supervisor", "administrator"}), CITY)
APP = Caller("o-app", frozenset({"channel"}), CHANNEL)
AUTHORITY = Caller("o-municipal", frozenset({"authority"}), Scope(ScopeKind.AUTHORITY, "MUNICIPAL-371502"))
AUDITOR = Caller("o-auditor", frozenset({"auditor"}), CITY)
# Who may see nothing of the persons of the utility W-371502.
STRANGERS = (
    Caller("o-other", frozenset({"clerk", "approver"}), Scope(ScopeKind.UTILITY, "G-371521")),
    Caller("o-wechat", frozenset({"channel"}), Scope(ScopeKind.CHANNEL, "WECHAT")),
    Caller("o-district", frozenset({"window", "supervisor"}), Scope(ScopeKind.DISTRICT, "371521")),
    citizen("01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"),
)

PARTICULARS = "particulars of "
"""How doors begin by which the registry is told who somebody is."""

_opened: list[str] | None = None


def _note_file(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "open":
        _opened.append(str(arguments[0]))


# An audit hook stays for the life of the process.
sys.addaudithook(_note_file)


@contextmanager
def file_names() -> Iterator[list[str]]:
    """Collect the name of every file that this process opens."""
    global _opened
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None


@contextmanager
def logging_as_in_production() -> Iterator[None]:
    """Log as the processes of a service do."""
    former, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("sqn")
    # A logger that is kept would go on so in the tests after this.
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**former)
        root.handlers[:] = handlers
        root.setLevel(level)


@dataclass
class Outside:
    """The services, the marks that were put in, and what came out."""

    folder: Path
    laptop: Laptop
    clock: ManualClock
    spans: InMemorySpanExporter
    said: io.StringIO
    opened: list[str]
    marks: Marks = field(default_factory=Marks)
    answers: list[Leak] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _clients: dict[tuple[str, Caller], httpx.AsyncClient] = field(default_factory=dict)

    @property
    def temporary(self) -> Path:
        """Where the processes put temporary files."""
        return self.folder / "tmp"

    def client(self, service: str, caller: Caller) -> httpx.AsyncClient:
        """Return the client of an API for a caller."""
        if (service, caller) not in self._clients:
            token = self.laptop.issuer.issue(caller, 10**9)
            self._clients[service, caller] = httpx.AsyncClient(
                transport=httpx.ASGITransport(self.laptop.apps[service], raise_app_exceptions=False),
                base_url=f"http://{service}",
                headers={"Authorization": f"Bearer {token}"},
            )
        return self._clients[service, caller]

    async def close(self) -> None:
        """Close the clients."""
        for client in self._clients.values():
            await client.aclose()

    def hear(self, answer: httpx.Response, *, stranger: bool = False) -> None:
        """Note what an answer should not say: a refusal what was sent, to a stranger anything."""
        what = f"{answer.request.method} {answer.request.url.path}: {answer.status_code}"
        if answer.status_code >= 500:
            self.failed.append(f"{what} {answer.text[:200]}")
        if stranger or answer.is_error:
            self.answers += self.marks.found(f"answer to {what}", answer.content)
            self.answers += self.marks.found(f"headers of {what}", repr(answer.headers.items()))

    def scan(self) -> list[Leak]:
        """Return every mark outside of where it may stand."""
        telemetry._provider.force_flush()  # type: ignore[union-attr]  # tracing is on
        found = [*self.answers, *self.marks.found("log", self.said.getvalue())]
        for span in self.spans.get_finished_spans():
            found += self.marks.found("span", span.to_json())
        found += self.marks.found("metrics", generate_latest(telemetry.REGISTRY))
        for name in self.opened:
            found += self.marks.found("name of a file", name)
        for path in self.folder.rglob("*"):
            place = f"name of {path.relative_to(self.folder).parent}"
            found += self.marks.found(place, path.name)
            if path.is_file() and path.suffix != ".db":
                if path.is_relative_to(self.temporary):
                    found += self.marks.found("temporary file", path.read_bytes())
                elif "objects" not in path.parts and not path.name.endswith(("-wal", "-shm")):
                    found += self.marks.found(f"file {path.name}", path.read_bytes())
        return found + self._stored()

    def _stored(self) -> list[Leak]:
        found = [leak for path in self.folder.glob("*.db") for leak in self.marks.in_database(path)]
        return [leak for leak in found if not _may_stand(leak)]


def _unsealed() -> Iterator[str]:
    """Yield the columns that say of themselves that texts of people stand in them in the clear."""
    keeping = {found.name for found in discovery.services() if issubclass(found.settings, EncryptionSettings)}
    for name, metadata in tables().items():
        services = discovery.names() if name == PLATFORM else [name]
        for table, service in product(metadata.sorted_tables, services):
            for column in table.columns:
                # Who has keys seals the answers.
                is_sealed = column is idempotency.c.body and service in keeping
                if "unsealed" in column.info and not is_sealed:
                    yield f"{service}: {table.name}.{column.name}"


_UNSEALED = frozenset(_unsealed())


def _may_stand(leak: Leak) -> bool:
    """Tell whether a name or an address, which no detector knows, is in a column of free texts that says so."""
    is_free = leak.kind not in DETECTED and not leak.door.startswith(PARTICULARS)
    return is_free and leak.place in _UNSEALED


@asynccontextmanager
async def outside(folder: Path) -> AsyncIterator[Outside]:
    """Run all services over SQLite with their workers, and hear all that they say."""
    clock, said, spans = ManualClock(BEGINS), io.StringIO(), InMemorySpanExporter()
    (folder / "tmp").mkdir()
    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(tempfile, "tempdir", str(folder / "tmp")))
        stack.enter_context(patch.dict("os.environ", {"TMPDIR": str(folder / "tmp")}))
        stack.enter_context(contextlib.redirect_stdout(said))
        stack.enter_context(contextlib.redirect_stderr(said))
        opened = stack.enter_context(file_names())
        stack.enter_context(logging_as_in_production())
        telemetry.start_tracing("sqn", None, spans)
        stack.callback(telemetry.stop_tracing)
        laptop = compose(folder, ports_in_a_row(folder), clock)
        services = laptop.services.values()
        for service in services:
            stack.push_async_callback(service.close)
            await service.migrate()
        for app in laptop.apps.values():
            if quotas := getattr(app.state, "quotas", None):
                quotas._versions, quotas._of = PolicyBook((QUOTAS,)).of(QUOTAS), {}
        moving = [worker.run(await service.worker_loops(), service.beats) for service in services]
        await stack.enter_async_context(serving(laptop))
        await stack.enter_async_context(running(*moving))
        city = Outside(folder, laptop, clock, spans, said, opened)
        stack.push_async_callback(city.close)
        yield city
