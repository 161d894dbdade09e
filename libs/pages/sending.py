"""A form is sent as the command that it means; what is refused comes back with the form."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import FormData

from libs.common.http.actions import Withheld
from libs.common.http.middleware import MEBIBYTE, body_limit
from libs.common.problems import INVALID, Problem
from libs.common.settings import LARGEST_FILE_MB
from libs.pages.entered import SEEN, Submission, read, typed
from libs.pages.forms import CommandForm, FormErrors
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream

# What whoever filled in the form can mend, or send again after a while; anything else is a page of its own.
_MENDABLE = frozenset({409, 412, 413, 415, 422, 429})
_AT_LAST = datetime(9999, 12, 31, tzinfo=UTC)
# A file, and the form around it.
ANY_FORM = body_limit((LARGEST_FILE_MB + 1) * MEBIBYTE)


def groups(forms: Sequence[CommandForm], order: Sequence[str] = ()) -> list[tuple[str, list[CommandForm]]]:
    """Return forms by their groups: first those of the order, then others as they come."""
    names = dict.fromkeys([*order, *(form.group for form in forms)])
    by_group = {name: [form for form in forms if form.group == name] for name in names}
    return [(name, items) for name, items in by_group.items() if items]


def next_first(
    forms: Sequence[CommandForm], session: Session
) -> tuple[CommandForm | None, Sequence[CommandForm]]:
    """Return the form of what is due for a user first, and the other forms in their order.

    What stands on the user's own work lists goes before what waits for somebody in whose stead the user may act.
    """

    urgent = sorted(
        (form.due.whose not in session.roles, form.due.due_at or _AT_LAST, position)
        for position, form in enumerate(forms)
        if form.due is not None
    )
    first = forms[urgent[0][-1]] if urgent else None
    return first, [form for form in forms if form is not first]


async def give(
    request: Request,
    api: Upstream,
    session: Session,
    forms: Sequence[CommandForm],
    operation_id: str,
    complete: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    withheld: Iterable[Withheld] = (),
) -> str | FormErrors:
    """Give one of the commands that are offered; return its title, or the form with what is wrong with it.

    Otherwise as `send`. What was typed for a command that is not offered any more is shown again, too; `withheld` are
    those that are not offered, by whose name and reason it is refused.
    """
    form = next((form for form in forms if form.operation_id == operation_id), None)
    if form is None:
        why = next((item for item in withheld if item.operation_id == operation_id), None)
        return _not_offered(operation_id, await request.form(), why)
    answer = await send(request, api, session, form, complete)
    return answer if isinstance(answer, FormErrors) else form.title


async def send(
    request: Request,
    api: Upstream,
    session: Session,
    form: CommandForm,
    complete: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> bytes | FormErrors:
    """Send what was entered into a form; return the answer, or the form with what is wrong with it.

    `complete` adds to the body what the form does not ask for. Raises what cannot be mended in the form.
    """
    entered = await request.form()
    key, version = _key(entered), _version(entered)
    submission: Submission | None = None
    try:
        submission = read(form, entered)
        if submission.file is None:
            body: dict[str, Any] = {"json": complete(submission.body)}
        else:
            body = {"files": {"file": (submission.file.filename, submission.file.file)}}
        return await api.command(form.method, submission.href, session, key, version, **body)
    except Problem as problem:
        if problem.kind.status not in _MENDABLE:
            raise
        return FormErrors.of(form, entered, problem, submission.inputs if submission else None)


class _Made(BaseModel):
    id: str


def made(answer: bytes) -> str:
    """Return the id of what a command has made, from its answer."""
    return _Made.model_validate_json(answer).id


def _not_offered(operation_id: str, entered: FormData, withheld: Withheld | None) -> FormErrors:
    """Say that a command is not offered, or not any more, why, and what was typed for it."""
    general = ["可能已经办过，或情况已经变化，以下是最新情况"]
    if withheld and withheld.why:
        general.insert(0, withheld.why)
    if texts := typed(entered):
        general.append(f"您填写的内容：{'；'.join(texts)}")
    return FormErrors(operation_id, withheld.title if withheld else "所选事项", entered, 409, {}, general)


def _key(form: FormData) -> str:
    try:
        return str(UUID(str(form.get("key"))))
    except ValueError:
        raise INVALID("请刷新页面后重新提交") from None


def _version(form: FormData) -> str | None:
    version = form.get(SEEN)
    if version is None:
        return None
    if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,9}", version):
        raise INVALID("请刷新页面后重新提交")
    return version
