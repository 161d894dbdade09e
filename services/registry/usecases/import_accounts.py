"""The intake of utilities' ledgers of accounts: each row becomes an account, or brings its own up to date, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import Clock
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import outgoing
from libs.common.places import load_places
from libs.workbooks.jobs.imports import Job
from libs.workbooks.jobs.intake import Compared
from libs.workbooks.ledgers.findings import Checked, Finding, duplicate_number
from libs.workbooks.ledgers.rows import RawRow
from services.registry.domain.particulars import PARTICULAR_NAMES, Particular
from services.registry.events.published import AccountsImported
from services.registry.storage.imports import ACCOUNT_LEDGERS, HEADINGS, NUMBER, PRICE, USE
from services.registry.storage.policies import CATEGORY_POLICY
from services.registry.storage.rulebook import RuleBook
from services.registry.usecases.bulk import Beside, LedgerAccount, Verdict, on_record, take_accounts
from services.registry.usecases.read_ledger import Reading, read_account

CHANGES = "account-changes"
_NAMES: Mapping[str, str] = {
    **{str(name): heading for name, heading in HEADINGS.items()},
    "use": USE,
    "price_class": PRICE,
}


@dataclass(frozen=True, slots=True)
class AccountIntake:
    """Reads rows by the rules of the counter, compares them with what is on record, and takes them."""

    clock: Clock
    rulebook: RuleBook

    async def refresh(self) -> None:
        """Reload the rules if they have changed."""
        await self.rulebook.refresh()

    def check(self, job: Job, rows: Sequence[RawRow]) -> list[Checked[LedgerAccount]]:
        """Read each row on its own."""
        reading = Reading(
            load_places().utility(job.scope.code),
            job.asked_by,
            self.rulebook.resolver,
            self.rulebook.policy(CATEGORY_POLICY).classes,
            self.rulebook.today,
            self.clock.now(),
        )
        return [read_account(row, reading) for row in rows]

    async def compare(
        self,
        connection: AsyncConnection,
        job: Job,
        checked: Sequence[Checked[LedgerAccount]],
        repeated: Mapping[int, int],
    ) -> list[Compared]:
        """Compare rows with the accounts of their numbers and the customers of their identifiers."""
        del job
        record = await on_record(connection, self.rulebook, [row.item for row in checked if row.item])
        compared = []
        for row in checked:
            findings = list(row.findings)
            if earlier := repeated.get(row.raw.number):
                findings.append(duplicate_number(row.raw.number, NUMBER, earlier))
            beside = record.beside(self.rulebook, row.item) if row.item else Beside(Verdict())
            findings += _findings(row.raw.number, beside.verdict)
            compared.append(Compared(findings, beside.verdict.is_stored, beside))
        return compared

    async def remarks(
        self, connection: AsyncConnection, job: Job, checked: Sequence[Checked[LedgerAccount]]
    ) -> dict[int, Finding]:
        """Say nothing more."""
        del connection, job, checked
        return {}

    async def add(
        self, uow: UnitOfWork, checked: Sequence[Checked[LedgerAccount]], compared: Sequence[Compared]
    ) -> None:
        """Open accounts, and bring those on record up to date."""
        rows = zip(checked, compared, strict=True)
        await take_accounts(
            uow, self.rulebook, [(row.item, beside.found) for row, beside in rows if row.item]
        )


def _findings(row: int, verdict: Verdict) -> list[Finding]:
    if verdict.is_closed:
        reason, remedy = "该户已销户，或其用户信息已限制处理", "请核对户号；重新用水用气用热的，请另立新户"
        return [Finding(row, NUMBER, "account-closed", reason, remedy)]
    if verdict.contradicts:
        column = _NAMES[verdict.contradicts[0]]
        if verdict.is_known:
            reason, remedy = (
                "该户号已登记在另一用户名下",
                "请核对；换了用户的办理过户，写错的办理变更用户信息",
            )
            return [Finding(row, column, "customer-differs", reason, remedy)]
        reason = "该证件号码已登记在另一名称下"
        return [
            Finding(row, column, "name-differs", reason, "请核对证件号码和名称；确已更名的，先变更用户信息")
        ]
    findings = []
    if changes := [_NAMES[name] for name in (*verdict.changes, *verdict.adds)]:
        reason = f"该户已登记，将更新：{'、'.join(changes)}"
        findings.append(
            Finding(row, changes[0], CHANGES, reason, "无需处理；不应更新的请改正后重新导入", is_bad=False)
        )
    if verdict.leaves:
        named = "、".join(PARTICULAR_NAMES[Particular(name)] for name in verdict.leaves)
        findings.append(
            Finding(
                row,
                _NAMES[verdict.leaves[0]],
                "contact-differs",
                f"与已登记的不同，未更新：{named}",
                "请向用户核实后办理变更用户信息",
                is_bad=False,
            )
        )
    return findings


async def tell_ended(uow: UnitOfWork, job: Job) -> None:
    """Publish what an import found and did, by numbers alone."""
    utility = load_places().utility(job.scope.code)
    changes = await ACCOUNT_LEDGERS.jobs.count_of(uow.connection, job.id, CHANGES)
    changed = min(changes, job.loaded)
    payload = AccountsImported(
        import_id=job.id,
        utility=utility.code,
        district=utility.district,
        supply=utility.service,
        outcome=job.state,
        rows=job.rows,
        wrong=job.bad,
        opened=job.loaded - changed,
        changed=changed,
        repeated=job.repeated,
        occurred_at=uow.now,
        recorded_at=uow.now,
        actor=job.asked_by,
        actor_unit=job.scope.unit,
    )
    uow.publish(outgoing(payload, key=job.id, aggregate_seq=1, time=uow.now))
