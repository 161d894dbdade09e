"""What customers are looked for by, and what is answered."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from libs.common.http.cursors import LONGEST_CURSOR
from libs.common.http.fields import Code
from libs.common.http.labels import Label
from services.registry.domain.particulars import LONGEST_ADDRESS, LONGEST_NAME
from services.registry.domain.reveals import PURPOSE_NAMES, Purpose
from services.registry.http.models import IDENTIFIER, CustomerDetail, Text


class SearchCustomers(BaseModel):
    """What is looked for; it stands in a body since addresses of requests are logged.

    One particular exactly as it is on record; or, within a street, the beginning of a person's name or a part of an
    organisation's, a part of an address, or both.
    """

    model_config = ConfigDict(extra="forbid")

    identifier: Annotated[Text | None, IDENTIFIER] = None
    phone: Annotated[Text | None, Label("手机号或固定电话")] = None
    number: Annotated[Text | None, Label("户号", hint="缴费单上的户号")] = None
    name: Annotated[
        Text | None,
        Field(max_length=LONGEST_NAME, examples=["示例商贸有限公司"]),
        Label("名称", hint="填全名；选了街道（乡镇）的，可只填姓氏，或单位名称的一部分"),
    ] = None
    address: Annotated[
        Text | None,
        Field(max_length=LONGEST_ADDRESS),
        Label("地址", hint="与登记的完全一致；选了街道（乡镇）的，可只填一部分，如幸福小区3号楼"),
    ] = None
    street: Annotated[
        Code | None,
        Label("街道（乡镇）", hint="键入名称的一部分后选择；只在其中的户里查找"),
        Field(examples=["371502001"], description="Its code of nine digits"),
    ] = None
    purpose: Annotated[
        Purpose | None, Label("查找目的", hint="选了街道（乡镇）的须填写", names=PURPOSE_NAMES)
    ] = None
    cursor: Annotated[
        str | None,
        Label("续查标记"),
        Field(
            max_length=LONGEST_CURSOR,
            description="Of the answer before: go on behind what that looked through",
        ),
    ] = None


class FoundCustomers(BaseModel):
    """The customers found that the caller may see, masked: the oldest first, within a street as its accounts come.

    `more` where there are others.
    """

    items: list[CustomerDetail]
    more: bool = Field(
        description="Whether there are others, or accounts of the street were not looked through"
    )
    looked_through: int | None = Field(
        default=None, description="How many accounts of the street were opened"
    )
    next: str | None = Field(default=None, description="Within a street: the cursor to go on with")
    hint: str | None = Field(
        default=None,
        examples=["已查看该街道（乡镇）的5000户，尚未查完。请把名称或地址填得更完整后再查，或继续查找"],
    )
