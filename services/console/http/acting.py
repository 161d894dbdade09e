"""A form of an action is sent as the command that it means; what is refused comes back with the form."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData

from libs.common.http.middleware import MEBIBYTE, body_limit
from libs.common.problems import INVALID, NOT_FOUND, Problem
from libs.common.settings import LARGEST_FILE_MB
from services.console.forms import Action, FormErrors, Submission, read
from services.console.http.parts import Parts
from services.console.sessions import Session

# What whoever filled in the form can mend, or send again after a while; anything else is a page of its own.
_MENDABLE = frozenset({409, 412, 413, 415, 422, 429})
# A file, and the form around it.
ANY_FORM = body_limit((LARGEST_FILE_MB + 1) * MEBIBYTE)


def one_of(actions: Sequence[Action], code: str) -> Action:
    """Return an action by its code. Raises `not-found`."""
    for each in actions:
        if each.code == code:
            return each
    raise NOT_FOUND("没有这项操作")


def done_of(actions: Sequence[Action], code: str | None) -> Action | None:
    """Return the action that an address says was done."""
    return next((each for each in actions if each.code == code), None)


def groups(actions: Sequence[Action]) -> list[tuple[str, list[Action]]]:
    """Return actions by their groups, in the order of the table."""
    return [(name, list(found)) for name, found in groupby(actions, lambda each: each.group)]


async def send(
    request: Request,
    console: Parts,
    session: Session,
    action: Action,
    base: str,
    complete: Callable[[dict[str, object]], dict[str, object]] = dict,
) -> bytes | FormErrors:
    """Send an action's form to a resource; return the answer, or the form with what is wrong with it.

    `complete` adds to the body what the form does not ask for. Raises what cannot be mended in the form.
    """
    form = await request.form()
    key = _key(form)
    # Where the form asks for a version itself, it is not the one that the page was made from.
    asks = any(each.name == "version" for each in action.fields)
    version = None if asks else _version(form)
    sent: Submission | None = None
    try:
        sent = read(action, form)
        if sent.file is None:
            body: dict[str, Any] = {"json": complete(sent.body)}
        else:
            body = {"files": {"file": (sent.file.filename, sent.file.file)}}
        path = f"{base}/{sent.path}".rstrip("/")
        return await console.hookup.command(action.method, path, session, key, version, **body)
    except Problem as problem:
        if problem.kind.status not in _MENDABLE:
            raise
        return FormErrors.of(action, form, problem, sent)


def _key(form: FormData) -> str:
    try:
        return str(UUID(str(form.get("key"))))
    except ValueError:
        raise INVALID("请刷新页面后重新提交") from None


def _version(form: FormData) -> str | None:
    given = form.get("version")
    if given is None:
        return None
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]{1,9}", given):
        raise INVALID("请刷新页面后重新提交")
    return given
