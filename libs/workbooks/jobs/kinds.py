"""A kind of import: what its ledgers look like, and where its jobs and layouts are stored."""

from dataclasses import dataclass
from functools import cached_property

from libs.workbooks.jobs.imports import ImportJobs
from libs.workbooks.jobs.layouts import Layouts
from libs.workbooks.jobs.tables import ImportTables
from libs.workbooks.ledgers.template import Template


@dataclass(frozen=True)
class ImportKind:
    """What a service declares of a kind of ledger that is read in; `address` is where the API has its jobs."""

    template: Template
    tables: ImportTables
    address: str = "imports"

    @cached_property
    def jobs(self) -> ImportJobs:
        """Return the jobs that read such ledgers in."""
        return ImportJobs(self.tables)

    @cached_property
    def layouts(self) -> Layouts:
        """Return each utility's own layout of such ledgers."""
        return Layouts(self.tables.layout)
