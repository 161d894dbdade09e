"""How a domain says no: a broken rule with a stable code for programs and Chinese words for people."""


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
    """A command breaks a rule, and that it was tried is a fact to keep: what was recorded of it is stored.

    The command is refused with 422 and changes nothing else; its answer is kept under its idempotency key.
    """
