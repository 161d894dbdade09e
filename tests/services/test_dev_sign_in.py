"""A citizen signs in on a laptop as an app's back end does it, and every service knows who it is."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from libs.common.clock import ManualClock
from libs.development import parts
from libs.development.city_clock import CITY_BEGINS
from services import dev
from tests.support.running_city import ports_in_a_row


@pytest.mark.parametrize("provider", ["ISHANDONG", "WECHAT"])
async def test_a_sample_citizen_signs_in_and_reads_at_another_service(tmp_path: Path, provider: str) -> None:
    laptop = dev.compose(tmp_path, ports_in_a_row(tmp_path), ManualClock(CITY_BEGINS))
    backend = laptop.issuer.issue(parts.machines()["app-channel"])
    try:
        for name in ("hookup", "registry"):
            await laptop.services[name].migrate()
        async with dev.serving(laptop), httpx.AsyncClient() as http:
            page = await http.get(laptop.url("registry-providers"))
            assert "仅限本机测试使用" in page.text
            form = {"proof": f"{provider} person-1"}
            assert "/v1/sign-ins/" in (await http.post(laptop.url("registry-providers"), data=form)).text
            given = await http.post(f"{laptop.url('registry-providers')}/proofs/{provider}/person-1")
            signed_in = await http.post(
                f"{laptop.url('registry')}{given.json()['path']}",
                json=given.json()["body"],
                headers={"Authorization": f"Bearer {backend}", "Idempotency-Key": str(uuid4())},
            )
            assert signed_in.status_code == 200, signed_in.text
            headers = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
            mine = await http.get(f"{laptop.url('hookup')}/v1/hookups", headers=headers)
            assert (mine.status_code, mine.json()["items"]) == (200, [])
            customer = signed_in.json()["customer"].lower()
            own = await http.get(f"{laptop.url('registry')}/v1/customers/{customer}", headers=headers)
            # An openid alone shows nothing; the real name everything.
            assert own.status_code == (200 if provider == "ISHANDONG" else 401)
            for unknown in ("ISHANDONG/person-9", "WECHAT/company-1", "OTHER/person-1"):
                wrong = await http.post(f"{laptop.url('registry-providers')}/proofs/{unknown}")
                assert wrong.status_code in (404, 422)
    finally:
        await laptop.close()
