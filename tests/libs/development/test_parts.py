"""What services offer for development is put together by name."""

import pytest

from libs.common.auth.callers import SEPARATED, Caller, Scope, ScopeKind
from libs.development import parts
from libs.development.parts import Part, People

CITY = Caller("u-city", frozenset({"supervisor"}), Scope(ScopeKind.CITY))
OTHER = Caller("u-other", frozenset({"supervisor"}), Scope(ScopeKind.CITY))


class Accounts:
    """A part `people`."""

    MACHINES: dict[str, Caller] = {}  # noqa: RUF012 - as a module has it

    def __init__(self, **users: Caller) -> None:
        self.USERS = users


def have(monkeypatch: pytest.MonkeyPatch, *people: People) -> None:
    monkeypatch.setattr(Part, "all", lambda _part: ((f"service-{n}", each) for n, each in enumerate(people)))


def test_people_of_all_services_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, Accounts(city=CITY), Accounts(city=CITY, other=OTHER))
    assert parts.users() == {"city": CITY, "other": OTHER}
    assert parts.machines() == {}


def test_one_name_is_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, Accounts(city=CITY), Accounts(city=OTHER))
    with pytest.raises(ValueError, match="two people sign in as city"):
        parts.users()


def test_each_of_the_three_administrators_is_somebody_and_nobody_is_two() -> None:
    accounts = [*parts.users().values(), *parts.machines().values()]
    held = [caller.roles & SEPARATED for caller in accounts]
    assert set().union(*held) == SEPARATED
    assert all(len(roles) <= 1 for roles in held)
