"""The templates of pages, with what the macros of `forms.html` use."""

from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from uuid import uuid4

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from libs.common.http.form_fields import FormField
from libs.pages.declaration import Entry
from libs.pages.entered import EMPTY_ROWS
from libs.pages.forms import FormErrors, has_tick, is_money, row_key
from libs.pages.sessions import masked
from libs.pages.shown import FILTERS

MOST_OPTIONS = 15
"""So many choices are a list; more are found by typing."""
TEMPLATES = Path(__file__).parent / "templates"


class _Compiled(BytecodeCache):
    """What was compiled in this process: every service has the shared templates among its own."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def environment(*folders: Path, follows_files: bool = False) -> Environment:
    """Return the templates of these folders, before those that all pages share; everything is escaped.

    Only where they are edited is it looked at each use whether a file has changed.
    """
    templates = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        auto_reload=follows_files,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_COMPILED,
    )
    templates.filters.update({show.__name__: show for show in FILTERS})
    templates.filters["masked"] = masked
    templates.filters["row_key"] = row_key
    templates.tests["ticked_rows"] = has_tick
    templates.filters["has_part"] = has_part
    templates.tests["says_of"] = says_of
    templates.tests["current"] = _is_current
    templates.tests["money"] = _is_money
    templates.globals["new_key"] = lambda: str(uuid4())
    templates.globals["most_options"] = MOST_OPTIONS
    templates.globals["empty_rows"] = EMPTY_ROWS
    return templates


def compile_all(templates: Environment) -> None:
    """Load every template, so that no request waits for it. Raises TemplateError for one that cannot be compiled."""
    for name in templates.list_templates():
        templates.get_template(name)


def says_of(refused: FormErrors, fields: Sequence[FormField]) -> bool:
    """Tell whether a form that came back says anything of some of its fields: then they are shown."""
    names = [field.name for field in fields]
    return any(refused.values(name) not in ([], [""]) or name in refused.errors for name in names) or any(
        has_part(refused, name) for name in names
    )


def has_part(refused: FormErrors, name: str) -> bool:
    """Tell whether a form that came back says anything of a group of fields: then the group is shown opened."""
    entered = any(value for key, value in refused.entered.multi_items() if key.startswith(f"{name}."))
    return entered or any(error.startswith(f"{name}.") for error in refused.errors)


def _is_current(entry: Entry, path: str) -> bool:
    """Whether a page belongs to an entry of the navigation."""
    return path == entry.path or (entry.path != "/" and path.startswith(f"{entry.path}/"))


def _is_money(field: FormField) -> bool:
    return is_money(field)
