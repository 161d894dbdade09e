"""What a user may be asked for: the fee catalogue and the material lists, as they are in force today."""

from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import Response

from libs.pages.site import SignedIn
from services.hookup.http.charge_models import FeeCatalogueView
from services.hookup.http.material_models import MaterialListView
from services.hookup.pages.parts import Hookup

router = APIRouter()

_LISTS = TypeAdapter(list[MaterialListView])


@router.get("/fees")
async def fees(pages: Hookup, session: SignedIn) -> Response:
    """Show the fee catalogue of today: what is not in it may not be charged."""
    catalogue = await pages.api.get("/v1/fee-catalogue", session, FeeCatalogueView)
    by_supply = [
        (supply, [item for item in catalogue.items if item.supply == supply])
        for supply in dict.fromkeys(item.supply for item in catalogue.items)
    ]
    return pages.render("fees.html", session, catalogue=catalogue, by_supply=by_supply)


@router.get("/materials")
async def materials(pages: Hookup, session: SignedIn) -> Response:
    """Show the material lists of today: nothing beyond them may be asked for (HK-06)."""
    lists = await pages.api.get("/v1/material-lists", session, _LISTS)
    by_supply = [
        (supply, [listed for listed in lists if listed.supply == supply])
        for supply in dict.fromkeys(listed.supply for listed in lists)
    ]
    return pages.render("materials.html", session, lists=lists, by_supply=by_supply)
