"""Open311 GeoReport v2: what can be asked for, by whoever wants to know."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.common.http.auth import public
from libs.common.problems import MEDIA_TYPE, define
from services.grievances.http import open311_models as models
from services.grievances.http.commands import Parts
from services.grievances.http.open311_format import MEDIA_TYPES, Open311Format, answered, formatted
from services.grievances.http.open311_route import Open311Route
from services.grievances.http.open311_views import (
    JURISDICTION,
    definition_view,
    is_offered,
    services_view,
)

PATH: Final = "/open311/v2"
JURISDICTION_UNKNOWN: Final = define("open311-jurisdiction-unknown", 404, "没有这个辖区")
SERVICE_UNKNOWN: Final = define("open311-service-unknown", 404, "没有这个服务")
_SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
_FAULTS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": list[models.Open311Fault], "description": text, "content": {"text/xml": {}}}
    for status, text in {400: "请求有误", 403: "没有令牌或无权", 404: "没有", 429: "过于频繁"}.items()
}
# Of an address that is none of these.
_FAULTS[404]["content"][MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}


@dataclass(frozen=True, slots=True)
class Door:
    """Where channels find the interface, and who gives them their tokens."""

    address: str
    issuer: str
    is_production: bool


def check_jurisdiction(code: str | None) -> None:
    """Raise `open311-jurisdiction-unknown` for another city; none is needed, since there is one."""
    if code and code != JURISDICTION:
        raise JURISDICTION_UNKNOWN(f"请填写 {JURISDICTION}，或不填")


async def _jurisdiction(
    jurisdiction_id: Annotated[str | None, Query(max_length=40, description="Not needed: 371500")] = None,
) -> None:
    check_jurisdiction(jurisdiction_id)


def check_service(code: str, parts: Parts) -> None:
    """Raise `open311-service-unknown` for what cannot be asked for today."""
    if not is_offered(code, parts.rulebook.rules):
        raise SERVICE_UNKNOWN("请从 services 列表中选择 service_code")


def open311_router() -> APIRouter:
    """Return a router of GeoReport v2."""
    return APIRouter(
        prefix=PATH,
        tags=["Open311"],
        route_class=Open311Route,
        dependencies=[Depends(_jurisdiction)],
        responses={200: {"content": {"text/xml": {}}}, **_FAULTS},
    )


router = open311_router()
ANYONE: Final = [Depends(public)]
PathFormat = Annotated[Open311Format, Path(alias="format", description="The end of the address")]
PathId = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,40}$")]


@router.get(
    "/discovery.{format}",
    operation_id="discoverOpen311",
    summary="Open311接口说明",
    dependencies=ANYONE,
    response_model=models.Open311Discovery,
)
async def discover(form: PathFormat, request: Request, parts: Parts) -> Response:
    """Say where the interface is and how to get a key."""
    door: Door = request.app.state.open311
    changeset = f"{parts.rulebook.rules.categories.since}T00:00:00+08:00"
    endpoint = models.Open311Endpoint(
        specification=_SPECIFICATION,
        url=door.address,
        changeset=changeset,
        type="production" if door.is_production else "test",
        formats=[kind.partition(";")[0] for kind in MEDIA_TYPES.values()],
    )
    document = models.Open311Discovery(
        changeset=changeset,
        contact="聊城市城市管理局；拨打12345热线咨询",
        key_service="api_key 为渠道账号的访问令牌：由市城市管理局开通账号，"
        f"在 {door.issuer} 以 client_credentials 换取",
        endpoints=[endpoint],
    )
    return formatted("discovery", document.model_dump(mode="json"), form)


@router.get(
    "/services.{format}",
    operation_id="listOpen311Services",
    summary="Open311服务列表",
    dependencies=ANYONE,
    response_model=list[models.Open311Service],
)
async def list_services(form: PathFormat, parts: Parts) -> Response:
    """List what can be asked for: the categories of today's tree that have nothing below them."""
    return answered("services", services_view(parts.rulebook), form)


@router.get(
    "/services/{service_code}.{format}",
    operation_id="getOpen311Service",
    summary="Open311服务定义",
    dependencies=ANYONE,
    response_model=models.ServiceDefinition,
)
async def get_service(service_code: PathId, form: PathFormat, parts: Parts) -> Response:
    """Show the fields of a service's form beside those of the specification."""
    check_service(service_code, parts)
    document = definition_view(service_code, parts.rulebook.rules)
    return formatted("service_definition", document.model_dump(mode="json"), form)
