"""The declaration of a kind of import: its template, and the tables of its jobs and layouts."""

from dataclasses import dataclass
from functools import cached_property

from libs.workbooks.jobs.imports import ImportJobs
from libs.workbooks.jobs.layouts import Layouts
from libs.workbooks.jobs.tables import ImportTables
from libs.workbooks.ledgers.template import Template


@dataclass(frozen=True)
class ImportKind:
    """A service's declaration of a kind of import; `address` is the path of its jobs in the API."""

    template: Template
    tables: ImportTables
    address: str = "imports"

    @cached_property
    def jobs(self) -> ImportJobs:
        """Return the import jobs of this kind."""
        return ImportJobs(self.tables)

    @cached_property
    def layouts(self) -> Layouts:
        """Return the utilities' layouts of this kind."""
        return Layouts(self.tables.layout)
