"""Errors for callers (RFC 9457): a stable slug, Chinese title and detail, and the faults of each field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from libs.common.personal_data import find_personal

MEDIA_TYPE = "application/problem+json"
MOST_FIELD_ERRORS = 100
"""More help nobody, and a body may be made of faults."""


class FieldError(NamedTuple):
    """A fault of one field: its path, the broken rule, the remedy, and a stable code."""

    field: str
    rule: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem; call it to make a problem to raise."""

    slug: str
    status: int
    title: str

    def __call__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> "Problem":
        """Make a problem of this kind; `extra` are members of the document and must be fit for JSON."""
        return Problem(self, detail, tuple(errors), headers or {}, extra)


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """A refused request, with a reason for the caller; it changes nothing."""

    kind: ProblemKind
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind.slug}: {self.detail or self.kind.title}"

    def document(self, trace_id: str | None) -> dict[str, Any]:
        """Return the body of the answer."""
        return {
            **self.extra,
            "type": f"urn:sqn:problem:{self.kind.slug}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or self.kind.title,
            "code": self.kind.slug,
            "trace_id": trace_id,
            "errors": [error._asdict() for error in self.errors],
        }


_kinds: dict[str, ProblemKind] = {}


def define(slug: str, status: int, title: str) -> ProblemKind:
    """Define a kind of problem, once. Raises ValueError when another kind has the slug."""
    kind = ProblemKind(slug, status, title)
    if _kinds.setdefault(slug, kind) != kind:
        raise ValueError(f"two kinds of problem are called {slug}")
    return kind


MALFORMED = define("malformed", 400, "请求格式错误")
NOT_FOUND = define("not-found", 404, "未找到")
METHOD_NOT_ALLOWED = define("method-not-allowed", 405, "不支持的请求方法")
REQUEST_TIMEOUT = define("request-timeout", 408, "请求未能及时传完")
TOO_LARGE = define("too-large", 413, "请求内容过大")
UNSUPPORTED_MEDIA_TYPE = define("unsupported-media-type", 415, "不支持的内容类型")
INVALID = define("invalid", 422, "填写内容不符合要求")
INTERNAL = define("internal-error", 500, "系统内部错误")

# pydantic's error type → (stable code, rule, remedy). Formatted with the schema's limits, never with the input.
_RULES: dict[str, tuple[str, str, str]] = {
    "missing": ("missing", "必填", "请填写该项"),
    "extra_forbidden": ("unknown-field", "不接受未定义的字段", "请删除该字段"),
    "enum": ("not-allowed", "只能取规定的值：{expected}", "请从规定的值中选择"),
    "literal_error": ("not-allowed", "只能取规定的值：{expected}", "请从规定的值中选择"),
    "union_tag_invalid": ("not-allowed", "类型标识只能是：{expected_tags}", "请从规定的值中选择"),
    "union_tag_not_found": ("missing", "缺少类型标识", "请填写类型标识"),
    "string_pattern_mismatch": ("pattern", "写法不符合规定", "请按填写说明和示例修改"),
    "string_too_short": ("too-short", "至少 {min_length} 个字符", "请补充内容"),
    "string_too_long": ("too-long", "至多 {max_length} 个字符", "请缩短内容"),
    "too_short": ("too-few", "至少 {min_length} 项", "请补充条目"),
    "too_long": ("too-many", "至多 {max_length} 项", "请减少条目"),
    "greater_than": ("too-small", "须大于 {gt}", "请填写更大的值"),
    "greater_than_equal": ("too-small", "不得小于 {ge}", "请填写更大的值"),
    "less_than": ("too-large", "须小于 {lt}", "请填写更小的值"),
    "less_than_equal": ("too-large", "不得大于 {le}", "请填写更小的值"),
    "multiple_of": ("not-multiple", "须为 {multiple_of} 的整数倍", "请按规定的步长填写"),
    "timezone_aware": ("zone", "时间须带时区", "请写明时区，例如 +08:00"),
    "json_invalid": ("json", "不是合法的 JSON", "请检查括号、引号和逗号"),
}
# For families of types (int_parsing, int_type …): the word before the first underscore.
_TYPES = {
    "int": "整数",
    "float": "数字",
    "decimal": "数字",
    "string": "文本",
    "bool": "true 或 false",
    "date": "日期，例如 2022-09-30",
    "datetime": "日期和时间，例如 2022-09-30T08:00:00+08:00",
    "time": "时间，例如 08:00:00",
    "uuid": "UUID",
    "list": "列表",
    "tuple": "列表",
    "set": "列表",
    "dict": "对象",
    "model": "对象",
    "url": "网址",
    "bytes": "文件",
}


HIDDEN = "***"
_MEMBER = re.compile(r"<[\w.]+: ('[^']*')>")


def shown_name(name: str) -> str:
    """Return the name of a field that a caller may have made up, hidden where a number of a person is in it."""
    return name if find_personal(name) is None else HIDDEN


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Convert the first of pydantic's errors to field errors, without repeating the input."""
    return [_field_error(error) for error in errors[:MOST_FIELD_ERRORS]]


def _field_error(error: Mapping[str, Any]) -> FieldError:
    path = shown_name(_path(error["loc"]))
    kind: str = error["type"]
    context = error.get("ctx") or {}
    if kind in _RULES:
        code, rule, remedy = _RULES[kind]
        # For members of enumerations the value is shown; pydantic lists values as English does.
        said = _MEMBER.sub(r"\1", rule.format_map(context)).replace("' or '", "'、'").replace("', '", "'、'")
        return FieldError(path, said, remedy, code)
    # Our validators give a Chinese rule and, second, a remedy; other messages are for developers and may contain
    # input.
    if kind == "value_error":
        raised = context.get("error")
        args = [str(arg) for arg in getattr(raised, "args", ())]
        if args and is_chinese(args[0]):
            code = str(getattr(raised, "code", "rule"))
            return FieldError(path, args[0], args[1] if len(args) > 1 else "请按要求修改", code)
    if type_name := _TYPES.get(kind.partition("_")[0]):
        return FieldError(path, f"须为{type_name}", "请按规定的类型填写", "type")
    return FieldError(path, "不符合要求", "请对照接口说明修改", "invalid")


def _path(location: Sequence[str | int]) -> str:
    path = ""
    for part in location[1:] if len(location) > 1 and location[0] == "body" else location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".")[:200]


def is_chinese(text: str | None) -> bool:
    """Tell whether a text has a Chinese character."""
    return any("\u4e00" <= character <= "\u9fff" for character in text or "")
