"""The reader of the policy `exports`."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from libs.common.policy import PolicyKind, PolicyVersion
from libs.common.policy_bodies import PolicyBody
from services.registry.domain.exports import ExportPolicy


class _Exports(PolicyBody):
    valid_hours: Annotated[int, Field(ge=1, le=720)]
    most_downloads: Annotated[int, Field(ge=1, le=100)]
    # A sheet has no more.
    most_rows: Annotated[int, Field(ge=1, le=1_000_000)]
    rows_per_day: Annotated[int, Field(ge=1, le=100_000_000)]


def export_policy(version: PolicyVersion) -> ExportPolicy:
    """Read a version of `exports`. Raises pydantic's ValidationError."""
    body = _Exports.read(version.body)
    return ExportPolicy(
        version.version,
        version.source_document,
        timedelta(hours=body.valid_hours),
        body.most_downloads,
        body.most_rows,
        body.rows_per_day,
    )


EXPORT_POLICY = PolicyKind(
    "exports",
    "户导出的规则",
    export_policy,
    {
        "valid_hours": "文件有效期（小时）",
        "most_downloads": "每个文件最多下载（次）",
        "most_rows": "一次最多导出（行）",
        "rows_per_day": "每人每24小时导出（行），超过即提示",
    },
)
