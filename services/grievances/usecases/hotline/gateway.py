"""What the hotline is told of its orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.grievances.domain.hotline.values import MESSAGE_NAMES, MessageKind

OUR_SYSTEM = "SQN"
"""How this system calls itself as the origin of a message."""


@dataclass(frozen=True, slots=True)
class OutMessage:
    """A message as the hotline gets it: nothing of who called, and nothing that is internal.

    `reply` is the public reply, `explanation` why an order is returned or terminated, both as the person is told.
    """

    id: str
    number: str
    order_version: int
    kind: MessageKind
    happened_at: datetime
    unit: str | None = None
    reply: str | None = None
    measures: tuple[str, ...] = ()
    reason: str | None = None
    explanation: str | None = None
    reply_by: datetime | None = None
    outcome: str | None = None
    solved: bool | None = None
    grade: int | None = None
    grade_word: str | None = None

    def body(self) -> dict[str, Any]:
        """Return it as JSON: whose message it is says `origin`, which comes back with what it changes there."""
        return {
            "origin": {"system": OUR_SYSTEM, "message_id": self.id},
            "number": self.number,
            "version": self.order_version,
            "kind": self.kind,
            "kind_name": MESSAGE_NAMES[self.kind],
            "happened_at": self.happened_at.isoformat(),
            "unit": self.unit,
            "reply": self.reply,
            "measures": list(self.measures),
            "reason": self.reason,
            "explanation": self.explanation,
            "reply_by": self.reply_by and self.reply_by.isoformat(),
            "outcome": self.outcome,
            "solved": self.solved,
            "grade": self.grade,
            "grade_word": self.grade_word,
        }
