"""What is like a grievance is shown before it is told, once."""

import pytest

from tests.services.grievances.test_pages import at_desk
from tests.support.page_forms import forms_of
from tests.support.service import Running

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
TOLD = {
    "kind": "COMPLAINT",
    "category": "SUPPLY-NONE",
    "supply": "WATER",
    "words": "古楼街道整栋楼停水了",
    "district": "371502",
    "site": "371502001000",
    "reporter": "NAMED",
    "phone": "13800138000",
    "source": "HALL",
}


async def test_what_is_like_it_is_shown_once_and_may_be_told_all_the_same(grievances: Running) -> None:
    async with at_desk(grievances) as desk:
        form = (await desk.forms("/grievances/new"))["登记诉求"]
        first, _ = await desk.send(form, **TOLD)
        form = (await desk.forms("/grievances/new"))["登记诉求"]
        page = await desk.refused(form, **TOLD)
        assert "相似的诉求" in page
        assert f'<a href="{first}">SQ-371502-20220704-0001</a>' in page
        assert "古楼街道整栋楼停水了" in page
        again = forms_of(page)["登记诉求"]
        second, page = await desk.send(again, **TOLD)
        assert "已办理：登记诉求" in page
        assert second != first


async def test_another_place_is_not_like_it(grievances: Running) -> None:
    async with at_desk(grievances) as desk:
        await desk.send((await desk.forms("/grievances/new"))["登记诉求"], **TOLD)
        form = (await desk.forms("/grievances/new"))["登记诉求"]
        _, page = await desk.send(form, **TOLD | {"site": "371502002000"})
        assert "已办理：登记诉求" in page
