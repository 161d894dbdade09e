"""Static files: their names change with their content, and they are kept for ever, compressed."""

import gzip
import re
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from libs.common.clock import ManualClock
from services.console import bootstrap
from services.console.http.assets import Assets, MissingAssetError
from services.console.http.edge import POLICY
from services.console.settings import pages_by_service
from tests.support.pages import NOW, Browser, settings

SCRIPT = b"let a = 1;\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two folders of files, and a file beside them."""
    for name, content in {
        "own/icon.svg": b"<svg/>",
        "own/vendor/a.min.js": SCRIPT,
        "metrics/board.js": b"let b;" * 50,
        "metrics/picture.png": bytes(range(256)),
        "own/LICENSE": b"free",
        "secret.txt": b"secret",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path


@pytest.fixture
def assets(folder: Path) -> Assets:
    return Assets({"": folder / "own", "metrics": folder / "metrics"})


@pytest_asyncio.fixture
async def client(assets: Assets) -> httpx.AsyncClient:
    app = Starlette(routes=[assets.route()])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://console")


def test_an_address_has_the_digest_of_the_content(assets: Assets, folder: Path) -> None:
    before = assets.address("vendor/a.min.js")
    assert re.fullmatch(r"/static/vendor/a\.min\.[0-9a-f]{12}\.js", before)
    assert re.fullmatch(r"/static/metrics/board\.[0-9a-f]{12}\.js", assets.address("metrics/board.js"))
    (folder / "own/vendor/a.min.js").write_bytes(SCRIPT + b"//")
    changed = Assets({"": folder / "own"})
    assert changed.address("vendor/a.min.js") != before
    assert changed.address("icon.svg") == assets.address("icon.svg")
    with pytest.raises(MissingAssetError):
        assets.address("missing.js")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("vendor/a.min.js", "text/javascript"),
        ("metrics/picture.png", "image/png"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_a_file_is_served_and_kept_for_ever(
    assets: Assets, client: httpx.AsyncClient, folder: Path, name: str, media_type: str
) -> None:
    answer = await client.get(assets.address(name), headers={"Accept-Encoding": "identity"})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in answer.headers
    assert answer.content == (folder / (name if name.startswith("metrics") else f"own/{name}")).read_bytes()


async def test_what_becomes_smaller_is_sent_compressed(assets: Assets, client: httpx.AsyncClient) -> None:
    async with client.stream(
        "GET", assets.address("vendor/a.min.js"), headers={"Accept-Encoding": "br, gzip"}
    ) as answer:
        packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert len(packed) < len(SCRIPT) / 5
    assert gzip.decompress(packed) == SCRIPT
    for name in ("metrics/picture.png", "icon.svg"):
        answer = await client.get(assets.address(name), headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers, name


@pytest.mark.parametrize(
    "path",
    [
        "/static/icon.svg",
        "/static/icon.000000000000.svg",
        "/static/",
        "/static/vendor",
        "/static/secret.txt",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/metrics/%2e%2e/%2e%2e/secret.{digest}.txt",
        "/static/own/icon.{digest}.svg",
    ],
)
async def test_no_other_name_is_served(assets: Assets, client: httpx.AsyncClient, path: str) -> None:
    digest = assets.address("icon.svg").split(".")[1]
    assert (await client.get(path.format(digest=digest))).status_code == 404


async def test_every_asset_of_a_page_is_there(browser: Browser) -> None:
    text = (await browser.get("/signin")).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', text)
    assert addresses
    for address in addresses:
        answer = await browser.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-security-policy"] == POLICY
    # The name of another release is not kept by anybody.
    gone = await browser.get("/static/console.000000000000.css")
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")


def test_every_file_that_a_template_names_is_there() -> None:
    """A name that is not there is a fault when the page is shown."""
    pages = pages_by_service()
    assets = Assets(
        {"": bootstrap.HERE / "static"}
        | {name: declared.static for name, declared in pages.items() if declared.static}
    )
    folders = [bootstrap.HERE / "templates", *(declared.templates for declared in pages.values())]
    texts = [file.read_text("utf-8") for folder in folders for file in folder.glob("*.html")]
    names = {name for text in texts for name in re.findall(r'asset\("([^"]+)"\)', text)}
    assert len(names) >= 5
    for name in names:
        assert assets.address(name)


def test_the_console_does_not_start_without_what_every_page_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "Assets", lambda _folders: Assets({"": folder / "own"}))
    with pytest.raises(MissingAssetError, match=r"vendor/htmx\.min\.js.*tools\.setup"):
        bootstrap.build(settings(), ManualClock(NOW))
