"""What is told to who sends messages to telephones (短信)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.grievances.domain.messages import Template


@dataclass(frozen=True, slots=True)
class OutMessage:
    """A message as the gateway gets it: by a template, with parameters that no person wrote."""

    id: str
    phone: str
    template: Template
    number: str
    link: str
    expires_at: datetime

    def body(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "message_id": self.id,
            "phone": self.phone,
            "template": self.template,
            "parameters": {"number": self.number, "link": self.link},
            "expires_at": self.expires_at.isoformat(),
        }
