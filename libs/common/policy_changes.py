"""How policy versions come into force: shipped in a file, or drafted by one person and approved by another."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
import uuid_utils
from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import local
from libs.common.database.engine import Database
from libs.common.database.tables import policy_draft, policy_version
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.database.upsert import upsert
from libs.common.events import EventPayload, outgoing
from libs.common.policy import (
    PolicyBook,
    PolicyError,
    PolicyKind,
    PolicyVersion,
    read_policies,
    stored_rows,
    validity_faults,
)
from libs.common.problems import INVALID, NOT_FOUND, FieldError
from libs.common.rules import RuleError

log = structlog.get_logger(__name__)

# After so long every process has reloaded the policies: a version valid from earlier begins before all know it.
KNOWN_EVERYWHERE = timedelta(seconds=30)
_d = policy_draft.c


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies of a service, the file of its shipped versions, and whether they have judged anything.

    `judged_by` says whether anything was judged by a version, `judged_since` whether anything was judged by a
    policy's versions as of the days from the first to the last (None: without an end). `announce` makes the event of
    a version that was approved; None where none are drafted.
    """

    path: Path
    kinds: Sequence[PolicyKind[Any]]
    judged_by: Callable[[AsyncConnection, PolicyVersion], Awaitable[bool]]
    judged_since: Callable[[AsyncConnection, str, date, date | None], Awaitable[bool]]
    announce: Callable[[PolicyVersion], EventPayload] | None = None

    def kind(self, name: str) -> PolicyKind[Any]:
        """Return a policy of the service. Raises `not-found`."""
        for kind in self.kinds:
            if kind.name == name:
                return kind
        raise NOT_FOUND("没有这项规则")


async def load_policies(database: Database, policies: PolicySet, now: datetime) -> None:
    """Add the versions of the service's file that the database does not have, each checked as a draft is.

    A stored version stays unchanged, since verdicts refer to it; only an unreadable one by which nothing was judged
    is replaced. Raises PolicyError: then nothing of the file is stored.
    """
    async with database.unit_of_work(now) as work:
        for version in read_policies(policies.path):
            if version.policy not in {kind.name for kind in policies.kinds}:
                raise PolicyError(f"{policies.path.name}: {version.policy} is no policy of this service")
            rows = await stored_rows(work.connection, version.policy)
            stored = next((row for row in rows if row["version"] == version.version), None)
            if stored is not None and stored == version.model_dump():
                continue
            if faults := await new_version_faults(work.connection, policies, version, now):
                reasons = "; ".join(f"{fault.field}: {fault.rule}（{fault.remedy}）" for fault in faults)
                raise PolicyError(f"{policies.path.name}: {version.policy} {version.version}: {reasons}")
            await _clear(work.connection, version)
            # Another process may load the same file at this moment.
            await work.connection.execute(
                upsert(work.connection.dialect, policy_version).on_conflict_do_nothing(),
                [version.model_dump()],
            )
        book = PolicyBook(policies.kinds, await stored_rows(work.connection))
        for kind in policies.kinds:
            for row in book.rows:
                unreadable = row["policy"] == kind.name and row["version"] in book.of(kind).unreadable
                if unreadable and await policies.judged_by(
                    work.connection, PolicyVersion.model_construct(**row)
                ):
                    raise PolicyError(
                        f"cases were judged by {kind.name} {row['version']}, which this release cannot read: "
                        f"{[fault.rule for fault in book.of(kind).unreadable[row['version']]]}"
                    )


async def new_version_faults(
    connection: AsyncConnection, policies: PolicySet, version: PolicyVersion, now: datetime
) -> list[FieldError]:
    """Return the faults of a version to be stored, by field; the check for files, drafts and approvals alike."""
    kind = policies.kind(version.policy)
    rows = await stored_rows(connection, kind.name)
    book = PolicyBook([kind], rows).of(kind)
    faults = [*validity_faults(version, book.versions), *kind.faults(version)]
    stored = next((row for row in rows if row["version"] == version.version), None)
    if stored is not None and (
        version.version in book.models
        # The stored version, since it may have judged on the days of its own validity.
        or await policies.judged_by(connection, PolicyVersion.model_construct(**stored))
    ):
        faults.append(
            FieldError(
                "version", "这个版本已经生效，不能更改", "请用新的版本号，原版本保持不变", "version-taken"
            )
        )
    begins_before_known = version.valid_from <= local(now + KNOWN_EVERYWHERE).date()
    # A new policy has judged nothing yet, however old the cases are.
    if (
        begins_before_known
        and rows
        and not version.retroactive
        and await policies.judged_since(connection, kind.name, version.valid_from, version.valid_to)
    ):
        faults.append(
            FieldError(
                "valid_from",
                "该日以来已有件按原版本办理",
                "请改为以后的日期；确需追溯的请注明追溯，已受理的件仍按原版本",
                "begins-in-the-past",
            )
        )
    return faults


async def _clear(connection: AsyncConnection, version: PolicyVersion) -> None:
    """Delete the stored version of the same name: it is unreadable and has judged nothing."""
    await connection.execute(
        delete(policy_version).where(
            policy_version.c.policy == version.policy, policy_version.c.version == version.version
        )
    )


async def draft(work: UnitOfWork, policies: PolicySet, version: PolicyVersion) -> str:
    """Store a draft by `version.drafted_by`, to be approved by someone else; return its id.

    Raises `invalid` with the faults by field, and `not-found`.
    """
    if faults := await new_version_faults(work.connection, policies, version, work.now):
        raise INVALID("请按各项提示修改后重新提交", errors=faults)
    draft_id = str(uuid_utils.uuid7())
    row = version.model_dump(exclude={"approved_by", "approved_at"})
    await work.connection.execute(insert(policy_draft).values(id=draft_id, **row))
    return draft_id


async def approve(work: UnitOfWork, policies: PolicySet, draft_id: str, by: str) -> PolicyVersion:
    """Bring a draft into force by its validity, and announce it; return the version.

    Raises RuleError when it was decided already or the approver drafted it, `invalid` when it has become so since,
    and `not-found`.
    """
    row = await _undecided(work, draft_id)
    # Approvals of a policy are serialised: each sees the versions that others have stored.
    await work.connection.execute(
        select(policy_version.c.version).where(policy_version.c.policy == row["policy"]).with_for_update()
    )
    if row["drafted_by"] == by:
        raise RuleError("approver-is-asker", "规则版本的批准人不能是起草人本人", "请由他人批准", "id")
    version = version_of(row, by, work.now)
    if faults := await new_version_faults(work.connection, policies, version, work.now):
        raise INVALID("起草之后情况已有变化，请撤回后重新起草", errors=faults)
    await _clear(work.connection, version)
    await work.connection.execute(insert(policy_version), [version.model_dump()])
    await work.connection.execute(
        update(policy_draft).where(_d.id == draft_id).values(approved_by=by, approved_at=work.now)
    )
    approved = await work.connection.scalar(
        select(func.count()).where(_d.policy == version.policy, _d.approved_at.is_not(None))
    )
    if policies.announce is not None:
        work.publish(
            outgoing(
                policies.announce(version),
                key=f"policy-{version.policy}",
                aggregate_seq=approved or 1,
                time=work.now,
            )
        )
    return version


async def withdraw(work: UnitOfWork, draft_id: str, by: str) -> RowMapping:
    """Withdraw a draft before it is approved; return it. Raises as `approve` does."""
    row = await _undecided(work, draft_id)
    await work.connection.execute(
        update(policy_draft).where(_d.id == draft_id).values(withdrawn_by=by, withdrawn_at=work.now)
    )
    return row


async def _undecided(work: UnitOfWork, draft_id: str) -> RowMapping:
    statement = select(*_d).where(_d.id == draft_id).with_for_update()
    row = (await work.connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise NOT_FOUND("没有这份草案")
    if row["approved_at"] is not None or row["withdrawn_at"] is not None:
        raise RuleError("draft-decided", "这份草案已经批准或撤回", "请刷新后核对", "id")
    return row


def version_of(row: RowMapping, by: str, at: datetime) -> PolicyVersion:
    """Return a draft as the version that it would be, approved by somebody at an instant."""
    values = {name: row[name] for name in PolicyVersion.model_fields if name in row}
    return PolicyVersion.model_validate({**values, "approved_by": by, "approved_at": at})


async def drafts(connection: AsyncConnection, policy: str | None = None) -> Sequence[RowMapping]:
    """Return the drafts that wait for a decision, the oldest first: of one policy or of all."""
    statement = select(*_d).where(_d.approved_at.is_(None), _d.withdrawn_at.is_(None)).order_by(_d.id)
    if policy is not None:
        statement = statement.where(_d.policy == policy)
    return (await connection.execute(statement)).mappings().all()


async def one_draft(connection: AsyncConnection, draft_id: str) -> RowMapping:
    """Return a draft, decided or not. Raises `not-found`."""
    row = (await connection.execute(select(*_d).where(_d.id == draft_id))).mappings().one_or_none()
    if row is None:
        raise NOT_FOUND("没有这份草案")
    return row
