"""The sample providers know who lives in the example city, by the 户号 of an account."""

import httpx
import pytest

from libs.common.clock import SystemClock
from services.registry.dev.example_city import holder_of
from services.registry.dev.providers import NAMES, SampleProviders, openid_of, person_of
from services.registry.identity.port import Provider, SubjectKind

HOME, COMPANY = "H-371502-0000001", "W-371502-0000015"


def test_a_holder_is_whom_the_ledger_says() -> None:
    kind, home = person_of(HOME)
    row = holder_of(HOME)
    assert (kind, home["name"], home["papersnumber"]) == (
        SubjectKind.PERSON,
        row["用户名称"],
        row["证件号码"],
    )
    kind, company = person_of(COMPANY)
    assert (kind, company["cornumber"]) == (SubjectKind.LEGAL, holder_of(COMPANY)["证件号码"])
    # WeChat signs persons in, each as one login.
    logins = [openid_of(key) for key in (HOME, "W-371502-0000001", *NAMES)]
    assert openid_of(COMPANY) is None
    assert len(set(logins)) == len(logins)


@pytest.mark.parametrize("account", ["W-371502-1", "Z-371502-0000001", "person-9"])
async def test_who_is_nobody_gets_no_proof(account: str) -> None:
    transport = httpx.ASGITransport(SampleProviders(SystemClock()).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://providers") as http:
        for provider in Provider:
            assert (await http.post(f"/proofs/{provider}/{account}")).status_code == 404
            form = {"proof": str(provider), "account": account}
            assert (await http.post("/", data=form)).status_code == 404


async def test_the_page_gives_a_proof_to_the_holder_of_an_account() -> None:
    transport = httpx.ASGITransport(SampleProviders(SystemClock()).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://providers") as http:
        assert f'value="{HOME}"' in (await http.get("/")).text
        page = (await http.post("/", data={"proof": "WECHAT", "account": f" {HOME} "})).text
        assert f"户号 {HOME} 的用户" in page
        assert "POST /v1/sign-ins/wechat" in page
        company = await http.post("/", data={"proof": "WECHAT", "account": COMPANY})
        assert company.status_code == 404
