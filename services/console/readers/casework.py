"""What the console reads of what is done about a case: permits, charges, materials, agents, contacts, work."""

from datetime import date, datetime

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One post-check of a commitment."""

    result: str
    checked_at: datetime
    document_ref: str


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """A commitment and where it is."""

    state: str
    state_name: str
    party: str
    terms: str
    signed_at: datetime | None
    document_ref: str | None
    check_by: datetime | None
    rectify_by: datetime | None
    checks: tuple[Check, ...]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why an authority refused, or objected."""

    name: str
    text: str | None = None


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """An authority's objection within its term."""

    at: datetime
    reason: Reason
    document_ref: str


class RiskFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority found that was not declared."""

    risks: tuple[str, ...]
    at: datetime
    document_ref: str


class Dig(msgspec.Struct, frozen=True, kw_only=True):
    """The excavation; it has stopped where a permit does not stand."""

    sites: tuple[str, ...]
    emergency: str | None
    document_ref: str | None
    stopped: bool


class NoPermit(msgspec.Struct, frozen=True, kw_only=True):
    """Why no permit is needed."""

    name: str
    document_ref: str
    recorded_at: datetime


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """One item at one authority; `act_by` is when that has to act next."""

    id: str
    name: str
    authority_name: str
    mode: str
    mode_name: str
    risks: tuple[str, ...]
    filed_at: datetime
    is_parallel: bool
    due_at: datetime | None
    overdue: bool
    decision: str | None
    decided_at: datetime | None
    document_ref: str | None
    act_by: datetime | None
    commitment: Commitment | None
    form_id: str | None = None
    basis: str | None = None
    object_by: datetime | None = None
    objection: Objection | None = None
    reason: Reason | None = None
    findings: tuple[RiskFinding, ...] = ()
    mode_exceeded: bool = False
    emergency: str | None = None
    file_by: datetime | None = None
    filing_overdue: bool = False
    length_m: str | None = None
    works_from: date | None = None
    works_to: date | None = None


class PermitFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the case that the authority needs for an item; size in bytes."""

    id: str
    name: str
    size: int
    uploaded_at: datetime


class AuthorityPermit(Permit, frozen=True, kw_only=True):
    """An item as its authority sees it: `task` is what there is to do, its name and what it is about in words."""

    version: int
    task: str | None = None
    task_name: str | None = None
    task_about: str | None = None
    site_division: str = ""
    files: tuple[PermitFile, ...] = ()
    case_number: str
    utility: str
    district: str
    supply: str
    length_class: str


class PermitPage(msgspec.Struct, frozen=True):
    """One page of items."""

    items: tuple[AuthorityPermit, ...]
    next: str | None = None


class Bar(msgspec.Struct, frozen=True):
    """A legal person to whom no commitment is offered."""

    party: str
    since: datetime


class Bars(msgspec.Struct, frozen=True):
    """The bars in force."""

    items: tuple[Bar, ...]


class Finding(msgspec.Struct, frozen=True):
    """A check that a charge does not pass."""

    text: str
    consequence: str


class FeeItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the fee catalogue; a blocked one must not be charged. Money is whole 分."""

    code: str
    name: str
    unit: str
    price_fen: int
    mandatory: bool
    blocked: bool
    location_name: str


class FeeCatalogue(msgspec.Struct, frozen=True):
    """The day's items of a supply."""

    items: tuple[FeeItem, ...]


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a quote; `accepted` is None until the user answers."""

    line: int
    code: str
    name: str
    unit: str
    price_fen: int
    quantity: str
    amount_fen: int
    mandatory: bool
    findings: tuple[Finding, ...]
    accepted: bool | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One item of quote or bill; not agreed where it was not quoted, or not accepted."""

    name: str
    quoted_fen: int
    billed_fen: int
    difference_fen: int
    agreed: bool


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The bill compared with what was accepted."""

    recorded_at: datetime
    quoted_fen: int
    billed_fen: int
    difference_fen: int
    lines: tuple[Difference, ...]


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote, the answers to it, and the comparison with the bill."""

    made_at: datetime
    made_by: str
    catalogue_version: str
    project_start: date | None
    total_fen: int
    mandatory_fen: int
    accepted_fen: int
    lines: tuple[QuoteLine, ...]
    comparison: Comparison | None


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was handed in; size in bytes."""

    id: str
    kind: str = ""
    name: str
    media_type: str
    size: int
    uploaded_at: datetime
    uploaded_by: str
    may_open: bool = False


class ListedMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """One material of a list; the user is not asked for what is shared."""

    kind: str
    name: str
    shared_from: str | None


class MaterialList(msgspec.Struct, frozen=True):
    """What a user may be asked for."""

    materials: tuple[ListedMaterial, ...]


class FileLink(msgspec.Struct, frozen=True):
    """Where a file is for a short time, relative to the hookup service."""

    url: str


class Agents(msgspec.Struct, frozen=True):
    """The agents of a utility."""

    agents: tuple[str, ...]
    version: int


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """Who helps the user, and since when with authority."""

    agent: str
    assigned_at: datetime
    automatic: bool
    authorised_at: datetime | None
    authorisation_ref: str | None


class Guidance(msgspec.Struct, frozen=True, kw_only=True):
    """An access scheme that the user was advised on."""

    document_ref: str
    given_at: datetime
    given_by: str


class Urge(msgspec.Struct, frozen=True, kw_only=True):
    """One 催办 and its answer."""

    id: str
    urged_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None
    overdue: bool


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question and its answer."""

    id: str
    text: str
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None


class Told(msgspec.Struct, frozen=True):
    """Who was told of the case's date."""

    name: str
    at: datetime
    whom: tuple[str, ...]


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do on a case, and whose turn it is."""

    kind: str
    name: str
    about: str = ""
    whose: str
    since: datetime
    due_at: datetime | None
    overdue: bool


class Made(msgspec.Struct, frozen=True):
    """What a command made or changed."""

    id: str
