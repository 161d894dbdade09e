"""The operator rotates the registry's keys while it works: nothing is lost, nothing is left under the former ones."""

import argparse
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from libs.common.encryption.commands import add_keys_commands
from libs.common.encryption.rotation import KEPT_REPLACED
from libs.common.settings import CommonSettings
from services.registry.settings import Settings
from services.registry.storage.tables import customer_particulars, data_key
from tests.libs.common.encryption.samples import encoded
from tests.services.registry.samples import new_account, person
from tests.services.registry.test_accounts import opened
from tests.support.service import Running


async def rotate(registry: Running, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_keys_commands(parser.add_subparsers())
    chosen = parser.parse_args(["keys", "rotate", *arguments])
    code: int = await chosen.run(registry.service, chosen)
    return code


async def test_keys_of_the_environment_and_of_persons_are_rotated(
    registry: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        await opened(registry, new_account(person(number), number=f"000{number}"))
    capsys.readouterr()
    settings = registry.service.settings
    assert isinstance(settings, Settings)
    for name, key in (("wrapping_keys", "w2"), ("index_keys", "i2")):
        former = getattr(settings, name).get_secret_value()
        setattr(settings, name, SecretStr(f"{key}:{encoded(len(key) + len(name))},{former}"))
    assert await rotate(registry) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "data_key: 2 of 2"
    assert "customer_particulars.identifier: 2 of 2" in said
    assert said[-1] == "registry: nothing is left under former keys"
    async with registry.service.database.reading() as connection:
        assert set(await connection.scalars(select(data_key.c.wrapping_id))) == {"w2"}
        indexes = await connection.scalars(select(customer_particulars.c.identifier_index))
        assert all(index.startswith("i2.") for index in indexes)
    assert await rotate(registry) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1

    registry.clock.instant += timedelta(days=366)
    assert await rotate(registry, "--data-keys-older-than", "365") == 0
    assert capsys.readouterr().out.startswith("data_key: 2 of 2\n")
    registry.clock.instant += KEPT_REPLACED + timedelta(seconds=1)
    assert await rotate(registry, "--data-keys-older-than", "365") == 0
    assert capsys.readouterr().out.startswith("data_key.replaced: 2 of 2\n")
    async with registry.service.database.reading() as connection:
        kept = select(data_key.c.version).where(data_key.c.wrapped.is_not(None))
        assert set(await connection.scalars(kept)) == {2}


async def test_a_service_without_keys_says_so(registry: Running, capsys: pytest.CaptureFixture[str]) -> None:
    registry.service.settings = CommonSettings.model_validate(registry.service.settings.model_dump())
    assert await rotate(registry) == 2
    assert capsys.readouterr().err == "registry keeps no personal data\n"
