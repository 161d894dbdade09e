"""What the registry's API is told and answers. Particulars are masked in every answer."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.dates import CalendarDate
from libs.common.http.fields import Code, Flag, Whole
from libs.common.http.labels import Label
from libs.common.places import Supply
from services.registry.domain.accounts import AccountState, Origin
from services.registry.domain.categories import PRICE_NAMES, USE_NAMES, Category, PriceClass, UseType
from services.registry.domain.changes import REASON_NAMES, ChangeReason
from services.registry.domain.customers import CustomerState
from services.registry.domain.identifiers import PAPER_NAMES, PaperKind
from services.registry.domain.particulars import (
    CUSTOMER_KIND_NAMES,
    LONGEST_ADDRESS,
    LONGEST_NAME,
    OF_CUSTOMER,
    CustomerKind,
)

Text = Annotated[str, Field(min_length=1, max_length=200)]
NAME = Label("名称", hint="姓名，或营业执照、登记证书上的单位名称")
_PAPER = Label("证件类型", hint="个人填写，不填为居民身份证", names=PAPER_NAMES)
IDENTIFIER = Label("证件号码", hint="个人填证件号，单位填18位统一社会信用代码")
MOBILE = Label("手机号", hint="11位手机号")
LANDLINE = Label("固定电话", hint="带区号，如0635-8220000")
CONTACT = Label("联系人")
_NUMBER = Label("户号", hint="缴费单上的户号；尚未编号的可不填")
ADDRESS = Label("地址", hint="写明县（市、区）、街道或乡镇")
Reason = Annotated[
    Literal[ChangeReason.APPLICATION, ChangeReason.CORRECTION, ChangeReason.VERIFICATION],
    Label("变更原因", names=REASON_NAMES),
]


class _Particulars(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text, Field(max_length=LONGEST_NAME, examples=["示例商贸有限公司"]), NAME]
    paper: Annotated[PaperKind | None, _PAPER] = None
    identifier: Annotated[Text | None, IDENTIFIER] = None
    mobile: Annotated[Text | None, MOBILE] = None
    landline: Annotated[Text | None, LANDLINE] = None
    contact: Annotated[Text | None, CONTACT] = None

    def texts(self) -> dict[str, str | None]:
        """Return the texts by the names of the particulars."""
        return {str(name): getattr(self, name) for name in OF_CUSTOMER}


class DescribedCustomer(_Particulars):
    """A customer as somebody describes it."""

    kind: Annotated[CustomerKind, Label("用户类型", names=CUSTOMER_KIND_NAMES)]


class CorrectCustomer(_Particulars):
    """The particulars as they are to be, all of them: what is left out is emptied."""

    reason: Reason


class ClassifyCustomer(BaseModel):
    """What an enterprise declares of its size."""

    model_config = ConfigDict(extra="forbid")

    industry: Annotated[Code, Label("行业", hint="按国家统计局划型标准的行业")]
    employees: Annotated[Whole | None, Field(ge=0, le=10_000_000), Label("从业人员", unit="人")] = None
    revenue_fen: Annotated[Whole | None, Field(ge=0, le=10**15), Label("营业收入", unit="分")] = None
    assets_fen: Annotated[Whole | None, Field(ge=0, le=10**15), Label("资产总额", unit="分")] = None
    listed: Annotated[Flag | None, Label("已列入小微企业名录")] = None
    as_of: Annotated[CalendarDate | None, Label("数据日期", hint="不填为当日")] = None


class OpenAccount(BaseModel):
    """An account, with its customer described, or named by id where it is known already."""

    model_config = ConfigDict(extra="forbid")

    utility: Annotated[Code | None, Label("专营单位", hint="专营单位经办不填，办事大厅须填")] = None
    customer_id: Annotated[UUID | None, Label("已有用户编号")] = None
    customer: Annotated[DescribedCustomer | None, Label("用户")] = None
    use: Annotated[UseType, Label("用途", names=USE_NAMES)]
    price_class: Annotated[PriceClass, Label("价格类别", names=PRICE_NAMES)]
    number: Annotated[Text | None, _NUMBER] = None
    address: Annotated[Text | None, Field(max_length=LONGEST_ADDRESS), ADDRESS] = None


class DescribeAccount(BaseModel):
    """What is known of an account, all of it: what is left out is emptied."""

    model_config = ConfigDict(extra="forbid")

    use: Annotated[UseType, Label("用途", names=USE_NAMES)]
    price_class: Annotated[PriceClass, Label("价格类别", names=PRICE_NAMES)]
    number: Annotated[Text | None, _NUMBER] = None
    address: Annotated[Text | None, Field(max_length=LONGEST_ADDRESS), ADDRESS] = None
    reason: Reason


class CustomerView(BaseModel):
    """A customer without its particulars."""

    id: UUID
    version: int
    state: CustomerState
    state_name: str = Field(examples=["有效"])
    kind: CustomerKind
    kind_name: str = Field(examples=["自然人"])
    subject: str = Field(examples=["91"], description="Class of the credit code, or PERSON, UNREGISTERED")
    subject_name: str = Field(examples=["企业"])
    paper: PaperKind | None
    warnings: list[str] = Field(description="In words: what of the identifier should be looked at")
    known: list[str] = Field(examples=[["identifier", "mobile", "name"]])
    size: str | None = Field(examples=["SMALL"])
    size_name: str | None = Field(examples=["小型"])
    size_as_of: date | None
    merged_into: UUID | None
    opened_at: datetime


class CustomerDetail(CustomerView):
    """A customer with its particulars as the caller may see them: masked, the citizen's own whole."""

    name: str | None = Field(examples=["张**"])
    identifier: str | None = Field(examples=["3****************X"])
    mobile: str | None = Field(examples=["138****1234"])
    landline: str | None = None
    contact: str | None = None


class AccountView(BaseModel):
    """An account without its particulars."""

    id: UUID
    version: int
    state: AccountState
    state_name: str = Field(examples=["在用"])
    state_since: datetime | None
    customer_id: UUID
    utility: str = Field(examples=["W-371502"])
    utility_name: str
    district: str = Field(examples=["371502"])
    supply: Supply
    supply_name: str = Field(examples=["供水"])
    street: str | None = Field(examples=["371502001"])
    street_name: str | None
    zone: str | None
    use: UseType
    use_name: str
    category: Category
    category_name: str = Field(examples=["企业用户"])
    category_source: str = Field(description="The rule that gave the category")
    category_version: str
    market_subject: bool
    small_or_micro: bool | None
    price_class: PriceClass
    price_class_name: str
    origin: Origin
    origin_name: str
    hookup_number: str | None
    complete: bool = Field(description="Whether number and address are known, the address as one here")
    opened_at: datetime
    closed_at: datetime | None = None


class AccountDetail(AccountView):
    """An account with its particulars as the caller may see them."""

    number: str | None = Field(examples=["****1234"])
    address: str | None = Field(examples=["东昌府区古楼街道****"])
    customer_name: str | None = Field(examples=["张**"])
