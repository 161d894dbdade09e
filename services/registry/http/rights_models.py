"""What a customer is answered about the own data: all that is kept of it, who had it, why it is classed as it is."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from libs.casework.http.contacts import QuestionView, UrgeView
from libs.common.http.command import InStead
from libs.common.http.fields import Code
from libs.common.http.labels import Label
from services.registry.domain.rights import Right
from services.registry.http.models import AccountView, CustomerDetail, CustomerView
from services.registry.http.request_models import MaterialFileView
from services.registry.http.rights_case_models import RightsCaseView


class CopiedAccount(AccountView):
    """An account with its particulars, whole."""

    number: str | None
    address: str | None


class CopiedCustomer(CustomerView):
    """A customer with its particulars, whole."""

    name: str | None
    identifier: str | None
    mobile: str | None
    landline: str | None
    contact: str | None


class FormerTexts(BaseModel):
    """What stood in a record before a change."""

    thing: UUID = Field(description="Id of the customer or the account")
    replaced_at: datetime
    texts: dict[str, str]


class CopiedMatter(BaseModel):
    """A matter at a service."""

    service: str
    number: str
    kind: str
    state: str
    opened_at: datetime
    finished_at: datetime | None


class CopiedMessage(BaseModel):
    """What the customer was told."""

    service: str
    thing: str
    event: str
    at: datetime


class CopiedLogin(BaseModel):
    """An account that the customer signs in with; its number is at the provider."""

    provider: str
    linked_at: datetime


class CopiedBinding(BaseModel):
    """An account of another that the customer bound."""

    utility: str
    bound_at: datetime
    ended_at: datetime | None


class CopiedAuthorisation(BaseModel):
    """That somebody acts for the customer, or the customer for somebody."""

    kind: str
    acts: bool = Field(description="Whether the customer is the one who acts")
    granted_at: datetime
    valid_from: datetime
    valid_until: datetime
    ended_at: datetime | None


class CopiedRequest(BaseModel):
    """A request on an account, with what is asked to be written, whole until the request ends."""

    number: str
    kind_name: str = Field(examples=["过户"])
    state_name: str = Field(examples=["已办结"])
    account_id: UUID
    party_name: str = Field(examples=["现用户"], description="Which party of it the customer is")
    submitted_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    refusal_name: str | None
    wished: dict[str, str] = Field(description="Empty for the other party, and after the end")
    materials: list[MaterialFileView] = Field(description="Those of the other party are not among them")
    urges: list[UrgeView]
    questions: list[QuestionView]
    rating: int | None


class CopiedRecord(BaseModel):
    """A record that was found to be the same customer's and merged into it: what is known there, whole."""

    id: UUID
    opened_at: datetime
    texts: dict[str, str]


class RightView(BaseModel):
    """What was asked for by a right in the own data, and what it was refused for."""

    kind: Right
    kind_name: str = Field(examples=["删除个人信息"])
    asked_at: datetime
    unit: str = Field(
        examples=["citizen"], description="Who asked: the citizen, or the unit in the citizen's stead"
    )
    document_ref: str | None
    granted: bool
    refusal: str | None = Field(examples=["accounts-open"])
    refusal_text: str | None


class DisclosureView(BaseModel):
    """Particulars that somebody had shown or given out; who the person was is for the auditor."""

    at: datetime
    unit: str = Field(examples=["utility:W-371502"])
    action_name: str = Field(examples=["查看明文"])
    purpose_name: str = Field(examples=["联系用户"])
    field_names: str = Field(examples=["手机号"])


class SubscriberView(BaseModel):
    """Who reads the registry's events, on what legal basis, and what they say."""

    name: str
    basis: str
    what: str


class Disclosures(BaseModel):
    """Who had what of a customer, the newest first, at most so many; and who reads the events."""

    items: list[DisclosureView]
    subscribers: list[SubscriberView]


class NoticeView(BaseModel):
    """What customers are told before data of theirs is collected."""

    version: str = Field(examples=["2022-1"])
    title: str
    handler: str
    purposes: list[str]
    kinds: list[str]
    retention: str
    rights: str


class AcceptNotice(InStead):
    """Which version of the notice is accepted."""

    notice_version: Annotated[Code, Label("告知版本")]


class ConsentView(BaseModel):
    """That a version of the notice was accepted, and whether it was withdrawn."""

    notice_version: str = Field(examples=["2022-1"])
    accepted_at: datetime
    channel: str = Field(examples=["ISHANDONG"], description="The citizen's app, or WINDOW")
    document_ref: str | None
    withdrawn_at: datetime | None


class Consents(BaseModel):
    """A customer's consents, the newest first; whether the notice of today is accepted."""

    items: list[ConsentView]
    current_accepted: bool


class CustomerCopy(BaseModel):
    """All that the registry keeps of a customer; of each list the newest, at most 2000.

    What was kept under records that were merged into it is in each list, too.
    """

    made_at: datetime
    customer: CopiedCustomer
    merged: list[CopiedRecord]
    accounts: list[CopiedAccount]
    requests: list[CopiedRequest]
    former: list[FormerTexts]
    logins: list[CopiedLogin]
    bindings: list[CopiedBinding]
    authorisations: list[CopiedAuthorisation]
    matters: list[CopiedMatter]
    messages: list[CopiedMessage]
    rights: list[RightView]
    rights_cases: list[RightsCaseView]
    consents: list[ConsentView]
    disclosures: Disclosures


class ExplainedCategory(BaseModel):
    """Which rule gave an account its category."""

    account_id: UUID
    category_name: str = Field(examples=["企业用户"])
    use_name: str
    subject_name: str
    rule: str = Field(description="The source of the rule")
    policy_version: str
    policy_source: str


class ExplainedSize(BaseModel):
    """Which figures gave an enterprise its size."""

    size_name: str = Field(examples=["小型"])
    industry: str
    industry_name: str = Field(examples=["零售业"])
    row: str | None = Field(
        examples=["从业人员（人）：大型 300、中型 50、小型 10"],
        description="The lower bounds of the industry; null where the size went by another version of the table",
    )
    decided_by: str | None = Field(examples=["营业收入"], description="What keeps it in its size")
    employees: int | None
    revenue_fen: int | None
    assets_fen: int | None
    listed: bool | None
    as_of: date
    policy_version: str | None
    policy_source: str


class EnterpriseRow(CustomerDetail):
    """An enterprise in the list of sizes."""

    industry_name: str | None = Field(examples=["零售业"])


class Explanation(BaseModel):
    """Why a customer and its accounts are classed as they are (PIPL §24, §48)."""

    categories: list[ExplainedCategory]
    size: ExplainedSize | None
