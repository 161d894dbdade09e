"""Errors of the domain: a broken rule with a stable code for programs and Chinese texts for people."""


class RuleError(Exception):
    """A command breaks a rule; nothing was changed.

    `code` is stable, `text` says in Chinese what the rule is, `remedy` what to do, `field` what it is about.
    """

    def __init__(self, code: str, text: str, remedy: str, field: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.remedy = remedy
        self.field = field


class RecordedRefusalError(RuleError):
    """A command breaks a rule and its attempt must stay on record: the recorded events are stored.

    The command is refused with 422 and changes nothing else; its answer is stored under its idempotency key.
    """
