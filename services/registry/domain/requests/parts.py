"""Parts of a request: agreements, what was done in a party's stead, the act at the meter, what a change asks for."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.rules import RuleError
from services.registry.domain.categories import PriceClass, UseType
from services.registry.domain.requests.values import EntryMark, Party


@dataclass(frozen=True, slots=True)
class Agreement:
    """A party's agreement: by the own token, by an authorised one's, or by a signed document that staff recorded.

    `document_ref` is the signed document's number, or the authorisation's id. `person` is the citizen who signed, as
    scopes name one; None where staff recorded it.
    """

    party: Party
    at: datetime
    by: str | None
    document_ref: str | None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class InStead:
    """What was done in a party's stead (代录), and by which document or authorisation."""

    event: str
    at: datetime
    by: str | None
    document_ref: str | None


@dataclass(frozen=True, slots=True)
class Act:
    """What the utility did at the meter: when, as it says, and when that was recorded; the reading in whole units."""

    acted_at: datetime
    recorded_at: datetime
    recorded_by: str
    reading: int | None
    entry: EntryMark


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change asks for: the codes, and the names of the fields whose texts are sealed."""

    use: UseType | None = None
    price_class: PriceClass | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """The working days, from the receipt, within which a request is accepted and done, as when it was received."""

    accept: int
    done: int


def one_person() -> RuleError:
    """Return the refusal of a transfer that one person would sign for both sides (民法典第一百六十八条)."""
    return RuleError(
        "one-person-both-sides",
        "过户双方不能由同一人签署",
        "请由另一方本人或其另外的代理人办理，或双方到窗口办理",
        "receiver",
    )
