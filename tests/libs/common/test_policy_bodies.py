"""What is wrong with a body is said by field."""

from typing import Self

import pytest
from pydantic import ValidationError, model_validator

from libs.common.policy_bodies import PolicyBody, faults_of
from libs.common.problems import FieldError


class Ordered(PolicyBody):
    first: int
    last: int

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.first > self.last:
            raise ValueError("次序颠倒", "请按先后填写")
        return self


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"first": 2, "last": 1}, FieldError("", "次序颠倒", "请按先后填写", "rule")),
        ({"first": 2}, FieldError("last", "必填", "请填写该项", "missing")),
    ],
)
def test_a_rule_of_the_whole_body_is_a_fault_of_no_field(body: dict[str, int], fault: FieldError) -> None:
    with pytest.raises(ValidationError) as caught:
        Ordered.read(body)
    assert faults_of(caught.value) == [fault]
