"""Types of values in bodies, queries and paths, so that each kind of value is validated the same way everywhere."""

from typing import Annotated

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

from libs.common.references import (
    CUSTOMER_PATTERN,
    LONGEST_CUSTOMER,
    LONGEST_DOCUMENT,
    check_personal,
    customer_reference,
    document_reference,
    normal,
)


def _customer(value: object) -> object:
    return customer_reference(value) if isinstance(value, str) else value


def _document(value: object) -> object:
    return document_reference(value) if isinstance(value, str) else value


def _normal(value: object) -> object:
    return normal(value) if isinstance(value, str) else value


def _impersonal(value: object) -> object:
    if isinstance(value, str):
        check_personal(value)
    return value


def _true_or_false(value: object) -> object:
    """Refuse pydantic's other words for a boolean; queries have texts only."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("须为 true 或 false", "请填写 true 或 false")
    return value


Flag = StrictBool
"""true or false in a body: no word and no number."""

Whole = StrictInt
"""A whole number in a body: no text, no true and no 5.0."""

QueryFlag = Annotated[bool, BeforeValidator(_true_or_false)]
"""true or false in a query or form."""

CustomerReference = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_CUSTOMER, pattern=CUSTOMER_PATTERN, examples=["C-000318"]),
    BeforeValidator(_customer),
]
"""用户编号, in its one form."""

DocumentReference = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_DOCUMENT, examples=["OBJ-2022-000318"]),
    BeforeValidator(_document),
]
"""The number of a document or piece of evidence, without personal data."""

Code = Annotated[str, Field(max_length=40), BeforeValidator(_normal)]
"""A utility's code, a case number or a party, in its one form; whether there is such a one is not said here."""

Impersonal = BeforeValidator(_impersonal)
"""Of a text that must not hold a number of a person."""
