"""How many forms of one user are taken in at a time: a file is on disk before the form that has it is judged."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from starlette.requests import Request

from libs.common.problems import define

TOO_MANY_FORMS: Final = define("too-many-forms", 429, "同时提交的表单过多")
MOST_AT_ONCE: Final = 4
RETRY_SECONDS: Final = 5


class FormsAtOnce:
    """Counts the forms that are being taken in, in this process, by the subject of the session."""

    def __init__(self) -> None:
        self._running = Counter[str]()

    def admit(self, request: Request) -> Callable[[], None]:
        """Admit a form of who is signed in; return what to call at its end. Raises `too-many-forms`."""
        subject: str = request.scope["sqn.subject"]
        if self._running[subject] >= MOST_AT_ONCE:
            raise TOO_MANY_FORMS(
                f"同一账号同时至多提交 {MOST_AT_ONCE} 个表单，请等前一个完成后重试",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self._running[subject] += 1
        return lambda: self._release(subject)

    def _release(self, subject: str) -> None:
        self._running[subject] -= 1
        if not self._running[subject]:
            del self._running[subject]
