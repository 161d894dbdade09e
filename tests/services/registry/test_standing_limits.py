"""What authorisations do not go beyond: their number, customers only stored, the sign-in's level, their end."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from libs.common.auth.callers import Assurance, ScopeKind
from services.registry.bootstrap import build
from services.registry.domain.requests.values import RequestKind
from services.registry.domain.standing_limits import StandingLimits
from services.registry.storage.standing_policy import STANDING_POLICY
from services.registry.storage.tables import STANDING
from services.registry.usecases.standing import on_account
from tests.services.registry.request_samples import hand_in, submitted
from tests.services.registry.samples import person, shipped
from tests.services.registry.standing_samples import (
    HALL,
    at_level,
    authorisation,
    granted,
    limited,
    pair,
    someone,
)
from tests.support.service import Running, running_as, when


async def test_a_receiver_agrees_under_the_real_name_alone(registry: Running) -> None:
    holder, other = await pair(registry)
    transfer = await submitted(holder.client, holder.account["id"], "TRANSFER", receiver=person(2))
    await hand_in(holder.client, transfer)
    receiver = at_level(registry, other.id, Assurance.MOBILE)
    offered = (await receiver.get(f"{transfer}/actions")).body["items"]
    assert "agreeToTransfer" not in [action["operation_id"] for action in offered]
    assert (await receiver.command(transfer, "agreement", None, 401)).code == "assurance-insufficient"
    await other.client.command(transfer, "agreement")


async def test_a_customer_and_an_agent_have_so_many_at_most(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, _ = await pair(registry)
    other = await someone(registry, 3)
    await granted(holder)
    limited(registry, monkeypatch, authorisations_of_agent=1)
    refused = await other.client.post("/authorisations", authorisation(2), 409)
    assert refused.code == "authorisations-too-many"
    limited(registry, monkeypatch, authorisations_of_customer=1)
    refused = await holder.client.post("/authorisations", authorisation(3), 409)
    assert refused.code == "authorisations-too-many"
    # One that has expired does not count.
    registry.clock.instant = when("2022-08-01 00:00")
    await holder.client.post("/authorisations", authorisation(3, last="2022-08-31"), 201)


async def test_how_long_one_lasts_is_a_version_of_the_policy(
    registry: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, _ = await pair(registry)
    assert shipped(STANDING_POLICY) == replace(
        StandingLimits(), version="2022-1", source=shipped(STANDING_POLICY).source
    )
    limited(registry, monkeypatch, agent_days=5)
    refused = await holder.client.post("/authorisations", authorisation(2, last="2022-07-09"), 409)
    assert (refused.code, "最长5天" in refused.response.text) == ("authorisation-too-long", True)
    await holder.client.post("/authorisations", authorisation(2, last="2022-07-08"), 201)
    # A guardian has a time of its own.
    guardian = authorisation(2, kind="GUARDIAN", customer_id=holder.id) | HALL
    await registry.client("window").post("/authorisations", guardian, 201)


async def test_nobody_acts_for_a_customer_who_is_only_stored(registry: Running) -> None:
    holder, _ = await pair(registry)
    await holder.client.command(f"/customers/{holder.id}", "restriction")
    body = authorisation(2, customer_id=holder.id) | HALL
    assert (await registry.client("window").post("/authorisations", body, 409)).code == "customer-not-active"


async def test_what_an_act_rests_on_is_not_ended_before_the_act_is_stored(
    postgres_url: str, tmp_path: Path
) -> None:
    async with running_as(Running, build, postgres_url, tmp_path) as registry:
        await registry.service.migrate()
        holder, agent = await pair(registry)
        path = await granted(holder)
        caller = registry.caller("citizen", ScopeKind.CITIZEN, agent.id.upper())
        database, now = registry.service.database, registry.clock.now()
        ending = select(STANDING.authorisation.c.id).with_for_update(nowait=True)
        async with database.unit_of_work(now) as acting:
            account_id, matter = holder.account["id"], RequestKind.SUSPENSION
            by = await on_account(acting.connection, caller, account_id, now, matter, locked=True)
            assert by.representing is not None
            assert path.endswith(by.representing.authorisation)
            with pytest.raises(DBAPIError, match="lock"):
                async with database.unit_of_work(now) as other:
                    await other.connection.execute(ending)
        async with database.unit_of_work(now) as other:
            assert (await other.connection.execute(ending)).all()
