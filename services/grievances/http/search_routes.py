"""Grievances looked for by words of what was told."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from libs.common.audit.entries import Action
from libs.common.audit.log import recorded
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.http.cursors import Keyset
from libs.common.http.idempotency import Answer, Once
from libs.common.problems import INVALID, FieldError
from libs.common.rules import RuleError
from services.grievances.domain.grams import excerpt, sought_words
from services.grievances.http.commands import Parts, Staff
from services.grievances.http.filters import conditions
from services.grievances.http.search_models import FoundByWords, SearchWords
from services.grievances.http.views import found_grievance
from services.grievances.storage.tables import grievance_words
from services.grievances.usecases.search_words import Search, search_words

router = APIRouter(prefix="/v1", tags=["诉求"])
_ORDER: Final = Keyset(((grievance_words.c.number, True),))
_NOT_THROUGH: Final = "尚未查完，请继续查找，或把词填得更完整"
_NOT_INDEXED: Final = "部分诉求正在编入索引，稍后再查可查到"


@router.post(
    "/grievance-word-search",
    operation_id="searchGrievanceWords",
    summary="按内容查找诉求",
    response_model=FoundByWords,
)
async def search_by_words(
    body: SearchWords, request: Request, once: Once, caller: Staff, parts: Parts
) -> Response:
    """Find grievances by words of what was told, as staff see it: no number and no link is found.

    What was found is on the audit record, what was looked for is not.
    """
    given = body.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True, by_alias=True)
    words = _words(given["words"])
    filters: dict[str, Any] = {name: value for name, value in given.items() if name != "words"}
    below = None if body.cursor is None else _ORDER.values(body.cursor, given)[0]

    async def looking() -> FoundByWords:
        now = parts.clock.now()
        search = Search(words, caller.scope, conditions(filters, caller, now), body.limit)
        async with parts.database.reading(caller.scope, is_snapshot=True) as connection:
            await search_words(connection, parts.rulebook.sealer, search, below)
        rules = parts.rulebook.rules
        views = [
            found_grievance(match.item, rules, now, caller, excerpt(match.shown, words))
            for match in search.found
        ]
        hint = None if search.is_complete else _NOT_THROUGH
        return FoundByWords(
            items=views,
            next=search.following and _ORDER.cursor_at([search.following], filters=given),
            complete=search.is_complete and not search.has_unindexed,
            hint=hint or (_NOT_INDEXED if search.has_unindexed else None),
        )

    async def looked(uow: UnitOfWork, found: FoundByWords) -> Answer:
        subjects = [str(item.id) for item in found.items]
        await recorded(
            uow, caller, request, Action.SEARCH, purpose="FIND", subjects=subjects, fields=["words"]
        )
        return Answer(found, changes=False)

    return await once.after(caller, looking, looked)


def _words(text: str) -> list[str]:
    try:
        return sought_words(text)
    except RuleError as error:
        raise INVALID(
            "请按各项提示修改后重新提交",
            errors=[FieldError(error.field, error.text, error.remedy, error.code)],
        ) from None
