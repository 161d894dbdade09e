"""The declaration of a kind of import: its template, and the tables of its jobs and layouts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from libs.common.auth.callers import Scope
from libs.workbooks.jobs.imports import ImportJobs
from libs.workbooks.jobs.layouts import Layouts
from libs.workbooks.jobs.tables import ImportTables
from libs.workbooks.ledgers.template import Template


def _no_constants(_scope: Scope) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class ImportKind:
    """A service's declaration of a kind of import; `address` is the path of its jobs in the API.

    `constants` returns what a scope has in every row of its files, by heading: a utility's own name. So many rows are
    checked and added at once: in less than a second, since a job that is overtaken repeats them.
    """

    template: Template
    tables: ImportTables
    address: str = "imports"
    constants: Callable[[Scope], Mapping[str, str]] = _no_constants
    check_rows: int = 200
    load_rows: int = 50

    def template_of(self, scope: Scope) -> Template:
        """Return the template of a scope's files, which may leave its constants out."""
        return replace(self.template, constants=self.constants(scope))

    @cached_property
    def jobs(self) -> ImportJobs:
        """Return the import jobs of this kind."""
        return ImportJobs(self.tables)

    @cached_property
    def layouts(self) -> Layouts:
        """Return the utilities' layouts of this kind."""
        return Layouts(self.tables.layout)
