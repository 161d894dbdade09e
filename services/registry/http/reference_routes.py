"""The codes of the registry with their names."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from libs.common.auth.callers import EVERYONE, Caller
from libs.common.http.auth import require
from libs.common.http.names import Name, names_of
from libs.common.places import Supply, load_places
from services.registry.domain import rights_cases
from services.registry.domain.accounts import ACCOUNT_STATE_NAMES, ORIGIN_NAMES
from services.registry.domain.authorisations import (
    AUTHORISATION_END_NAMES,
    AUTHORISATION_KIND_NAMES,
    AUTHORISATION_STATE_NAMES,
)
from services.registry.domain.bindings import BINDING_END_NAMES, PROOF_NAMES
from services.registry.domain.categories import CATEGORY_NAMES, PRICE_NAMES, USE_NAMES
from services.registry.domain.changes import REASON_NAMES
from services.registry.domain.customers import CUSTOMER_STATE_NAMES
from services.registry.domain.duplicates import FEATURE_NAMES
from services.registry.domain.identifiers import PAPER_NAMES
from services.registry.domain.pairs import PAIR_STATE_NAMES, PAIR_TURN_NAMES
from services.registry.domain.particulars import CUSTOMER_KIND_NAMES, PARTICULAR_NAMES
from services.registry.domain.requests import values as requests
from services.registry.domain.sizes import SIZE_NAMES

router = APIRouter(prefix="/v1", tags=["参考"])


class Reference(BaseModel):
    """The codes of the registry service."""

    supplies: list[Name]
    account_states: list[Name]
    customer_states: list[Name]
    customer_kinds: list[Name]
    categories: list[Name]
    price_classes: list[Name]
    uses: list[Name]
    origins: list[Name]
    papers: list[Name]
    particulars: list[Name]
    reasons: list[Name]
    sizes: list[Name]
    request_kinds: list[Name]
    request_states: list[Name]
    request_channels: list[Name]
    request_refusals: list[Name]
    request_materials: list[Name]
    request_parties: list[Name]
    request_turns: list[Name]
    request_tasks: list[Name]
    request_entries: list[Name]
    duplicate_states: list[Name]
    duplicate_features: list[Name]
    binding_ends: list[Name]
    binding_proofs: list[Name]
    authorisation_kinds: list[Name]
    authorisation_states: list[Name]
    authorisation_ends: list[Name]
    duplicate_turns: list[Name]
    rights_kinds: list[Name]
    rights_states: list[Name]
    rights_refusals: list[Name]
    rights_turns: list[Name]


REFERENCE = Reference(
    supplies=names_of({supply: load_places().service_name(supply) for supply in Supply}),
    account_states=names_of(ACCOUNT_STATE_NAMES),
    customer_states=names_of(CUSTOMER_STATE_NAMES),
    customer_kinds=names_of(CUSTOMER_KIND_NAMES),
    categories=names_of(CATEGORY_NAMES),
    price_classes=names_of(PRICE_NAMES),
    uses=names_of(USE_NAMES),
    origins=names_of(ORIGIN_NAMES),
    papers=names_of(PAPER_NAMES),
    particulars=names_of(PARTICULAR_NAMES),
    reasons=names_of(REASON_NAMES),
    sizes=names_of({size.name: name for size, name in SIZE_NAMES.items()}),
    request_kinds=names_of(requests.KIND_NAMES),
    request_states=names_of(requests.STATE_NAMES),
    request_channels=names_of(requests.CHANNEL_NAMES),
    request_refusals=names_of(requests.REFUSAL_NAMES),
    request_materials=names_of(requests.MATERIAL_NAMES),
    request_parties=names_of(requests.PARTY_NAMES),
    request_turns=names_of(requests.TURN_NAMES),
    request_tasks=names_of(requests.WORK_NAMES),
    request_entries=names_of(requests.ENTRY_NAMES),
    duplicate_states=names_of(PAIR_STATE_NAMES),
    duplicate_features=names_of(FEATURE_NAMES),
    binding_ends=names_of(BINDING_END_NAMES),
    binding_proofs=names_of(PROOF_NAMES),
    authorisation_kinds=names_of(AUTHORISATION_KIND_NAMES),
    authorisation_states=names_of(AUTHORISATION_STATE_NAMES),
    authorisation_ends=names_of(AUTHORISATION_END_NAMES),
    duplicate_turns=names_of(PAIR_TURN_NAMES),
    rights_kinds=names_of(rights_cases.RIGHTS_KIND_NAMES),
    rights_states=names_of(rights_cases.RIGHTS_STATE_NAMES),
    rights_refusals=names_of(rights_cases.REFUSAL_NAMES),
    rights_turns=names_of(rights_cases.RIGHTS_TURN_NAMES),
)


@router.get("/reference", operation_id="getRegistryReference", summary="查看用户底数服务的代码表")
async def reference(_caller: Annotated[Caller, require(*EVERYONE)]) -> Reference:
    """Return the codes with their names."""
    return REFERENCE
