"""Cases of a customer under its id in the registry, in the place of the reference that they had."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import update

from libs.common.database.unit_of_work import UnitOfWork
from libs.common.encryption.records import select_records, stored, text_of
from services.hookup.storage.tables import hookup_case

_c = hookup_case.c


async def rename_customers(uow: UnitOfWork, ids: Mapping[str, str]) -> None:
    """Give the cases of each reference the id of its customer.

    The version grows, so that nobody who read a case before stores the reference again; it is no act, so no form
    that shows the case is out of date.
    """
    if not ids:
        return
    cases = select_records(hookup_case, _c.customer_ref).where(_c.customer_ref.in_(ids))
    for row in (await uow.connection.execute(cases.order_by(_c.id).with_for_update())).mappings().all():
        customer_id = ids[row["customer_ref"]]
        record = msgspec.json.decode(text_of(hookup_case, row, uow.records)) | {"customer_ref": customer_id}
        await uow.connection.execute(
            update(hookup_case)
            .where(_c.id == row["id"])
            .values(
                customer_ref=customer_id,
                record=stored(hookup_case, row["id"], record, uow.records),
                version=_c.version + 1,
            )
        )
