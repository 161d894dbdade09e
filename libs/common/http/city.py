"""Who may set what holds for the whole city: its administrators, two of them for each change."""

from typing import Annotated

from fastapi import Depends

from libs.common.auth.callers import Caller, PlaceKind
from libs.common.http.auth import FORBIDDEN, require


async def _city_administrator(caller: Annotated[Caller, require("administrator")]) -> Caller:
    if caller.place.kind is not PlaceKind.CITY:
        raise FORBIDDEN("全市统一的规则和工作日历，只能由市级管理员办理")
    return caller


CityAdministrator = Annotated[Caller, Depends(_city_administrator)]
