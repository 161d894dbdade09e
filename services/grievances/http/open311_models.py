"""What Open311 GeoReport v2 says and is told, by the names of that specification."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from libs.casework.http.contacts import Text
from libs.common.http.dates import Instant
from libs.common.http.fields import Code
from libs.common.http.views import View
from libs.common.places import Supply
from services.grievances.domain.open311 import Status
from services.grievances.domain.values.kinds import GrievanceKind
from services.grievances.http.requests import Phone, Site, Words


def _on_earth(most: int) -> AfterValidator:
    def check(value: str) -> str:
        if abs(Decimal(value)) > most:
            raise ValueError(f"须在 -{most} 至 {most} 之间", "请填写 WGS84 坐标，单位为度")
        return value

    return AfterValidator(check)


_Degrees = Annotated[str, Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,15})?$")]
_Name = Annotated[str, Field(max_length=30)]
_NotKept = Annotated[str, Field(max_length=2000, description="Taken and not kept")]
RequestId = Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,40}$", examples=["SQ-371502-20221115-0001"])]
# A parameter without a value is as good as none (GeoReport v2, Optional Arguments).
QueryInstant = Annotated[Instant | None, BeforeValidator(lambda value: value or None)]


class NewRequest(BaseModel):
    """The form of POST Service Request; `api_key` and fields without a value are taken out before it is read."""

    model_config = ConfigDict(extra="forbid")

    jurisdiction_id: Annotated[str, Field(max_length=40)] | None = None
    service_code: Code = Field(examples=["SUPPLY-NONE"])
    description: Words | None = Field(
        default=None, description="Kept encrypted; without it the service's name"
    )
    address_string: Annotated[str, Field(max_length=160)] | None = Field(
        default=None, description="Kept encrypted"
    )
    address_id: Site | None = Field(default=None, description="The statistical code of a street or town")
    lat: Annotated[_Degrees, _on_earth(90)] | None = Field(default=None, description="WGS84; kept encrypted")
    long: Annotated[_Degrees, _on_earth(180)] | None = Field(
        default=None, description="WGS84; kept encrypted"
    )
    first_name: _Name | None = Field(default=None, description="Kept encrypted, where a phone is given")
    last_name: _Name | None = Field(default=None, description="Kept encrypted, where a phone is given")
    phone: Phone | None = Field(
        default=None, description="Kept encrypted; without it the request is anonymous"
    )
    email: _NotKept | None = None
    device_id: _NotKept | None = None
    account_id: _NotKept | None = None
    media_url: _NotKept | None = None
    kind: GrievanceKind | None = Field(default=None, alias="attribute[kind]")
    supply: Supply | None = Field(default=None, alias="attribute[supply]")
    district: Code | None = Field(default=None, alias="attribute[district]", examples=["371502"])


class NewUpdate(BaseModel):
    """The form of POST Service Request Update: what the reporter asks or adds."""

    model_config = ConfigDict(extra="forbid")

    jurisdiction_id: Annotated[str, Field(max_length=40)] | None = None
    service_request_id: RequestId
    description: Text
    status: Annotated[str, Field(max_length=40)] | None = Field(
        default=None, description="OPEN, whatever the case of its letters: a reporter decides on no other"
    )
    update_id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="The channel's own id of the update: the same is taken once"
    )
    updated_datetime: Instant | None = None
    title: _NotKept | None = None
    first_name: _NotKept | None = None
    last_name: _NotKept | None = None
    phone: _NotKept | None = None
    email: _NotKept | None = None
    account_id: _NotKept | None = None
    media_url: _NotKept | None = None


class Open311Service(View):
    """A service that can be asked for: a category with nothing below it."""

    service_code: str = Field(examples=["SUPPLY-NONE"])
    service_name: str = Field(examples=["停水、停气、停热"])
    description: str = Field(examples=["供应 › 停水、停气、停热"])
    metadata: bool
    type: Literal["realtime"]
    keywords: str = Field(examples=["停水,停气,停暖"])
    group: str = Field(examples=["供应"])


class AttributeValue(View):
    """A value of an attribute."""

    key: str = Field(examples=["371502"])
    name: str = Field(examples=["东昌府区"])


class ServiceAttribute(View):
    """A field of a service's form beside those of the specification."""

    variable: bool
    code: str = Field(examples=["district"])
    datatype: Literal["singlevaluelist"]
    required: bool
    datatype_description: str
    order: int
    description: str
    values: list[AttributeValue]


class ServiceDefinition(View):
    """The further fields of a service's form."""

    service_code: str
    attributes: list[ServiceAttribute]


class CreatedRequest(View):
    """A request that was taken in."""

    service_request_id: str = Field(examples=["SQ-371502-20221115-0001"])
    service_notice: str
    account_id: None


class RequestToken(View):
    """The request of a token: requests are taken at once, and their ids are their tokens."""

    service_request_id: str = Field(examples=["SQ-371502-20221115-0001"])
    token: str


class ServiceRequest(View):
    """A request as its channel reads it back: nothing that its reporter told."""

    service_request_id: str = Field(examples=["SQ-371502-20221115-0001"])
    status: Status
    status_notes: str
    service_name: str
    service_code: str
    description: None
    agency_responsible: str | None
    service_notice: None
    requested_datetime: datetime
    updated_datetime: datetime
    expected_datetime: datetime | None
    address: str = Field(examples=["聊城市东昌府区古楼街道"], description="As far as the street")
    address_id: str | None
    zipcode: None
    lat: None
    long: None
    media_url: None


class CreatedUpdate(View):
    """An update that was taken in."""

    update_id: str = Field(examples=["01838d6e-3f40-7a06-9f2b-5c0d6c1f7a11"])


class RequestUpdate(View):
    """Something that became of a request."""

    update_id: str = Field(examples=["SQ-371502-20221115-0001-1-REPLIED"])
    service_request_id: str
    status: Status
    updated_datetime: datetime
    description: str | None
    media_url: None


class Open311Fault(View):
    """Why a request was refused; the text ends with the stable code in brackets."""

    code: int = Field(examples=[403])
    description: str = Field(examples=["请先登录：请求未带访问令牌[unauthenticated]"])


class Open311Endpoint(View):
    """Where the interface is."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: list[str]


class Open311Discovery(View):
    """The discovery document."""

    changeset: str = Field(examples=["2022-06-01T00:00:00Z"])
    contact: str
    key_service: str
    endpoints: list[Open311Endpoint]
