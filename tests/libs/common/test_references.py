"""One form of every reference, and what cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.problems import is_chinese
from libs.common.references import (
    BadReferenceError,
    check_personal,
    customer_reference,
    document_reference,
    normal,
    visible,
)
from libs.common.texts import plain


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("W-371502-20220930-0001", "W-371502-20220930-0001"),
        (" w-371502-20220930-0001 ", "W-371502-20220930-0001"),
        ("Ｗ－３７１５０２－２０２２０９３０－０００１", "W-371502-20220930-0001"),
        ("w–371502—20220930−0001", "W-371502-20220930-0001"),
        ("W-371502\u200b-20220930\u00ad-\ufeff0001", "W-371502-20220930-0001"),
        ("\u202aW-371502\u202c", "W-371502"),
        ("c-000 318", "C-000318"),
        ("C-00\x0003\x0718\x7f", "C-000318"),
    ],
)
def test_a_number_is_the_same_in_any_writing(written: str, form: str) -> None:
    assert normal(written) == form


@given(st.text(st.characters(max_codepoint=0x7F), max_size=20))
def test_plain_ascii_has_the_form_of_any_other_text(text: str) -> None:
    # A character that is not seen takes the long way.
    assert normal(text) == normal(f"{text}\u200b")
    assert plain(text) == plain(f"{text}\u200b")


WIDE = "".join(chr(each) for each in range(0xFF01, 0xFF5F))


@given(st.text("CWcw-_ 0379\u3000\u200b\ufeff\u00ad\u2060–—" + WIDE, max_size=40))
def test_the_form_is_a_form(text: str) -> None:
    form = normal(text)
    assert (normal(form), visible(form)) == (form, form)
    assert form.isascii()
    assert normal(text.swapcase()) == normal(f" \u200b{text}") == form


@pytest.mark.parametrize("written", ["C-000318", "c-000318", "Ｃ－０００３１８", "\ufeffC-000 318"])
def test_a_customer_has_one_reference(written: str) -> None:
    assert customer_reference(written) == "C-000318"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("13800138000", "personal-data"),
        ("371502199001011234", "personal-data"),
        ("0635-8220000", "personal-data"),
        ("92371503MA3XX00292", "personal-data"),
        ("C-1380013\u200b8000", "personal-data"),
        (" ", "reference-invalid"),
        ("", "reference-invalid"),
        ("\u200b", "reference-invalid"),
        ("\u202eC-0\u202c", "reference-invalid"),
        ("=1+1", "reference-invalid"),
        ("张三", "reference-invalid"),
        ("C-٣", "reference-invalid"),
        ("-C", "reference-invalid"),
        ("C" * 65, "reference-invalid"),
        ("C-\ud800", "reference-invalid"),
    ],
)
def test_what_is_no_customers_reference_is_said(written: str, code: str) -> None:
    with pytest.raises(BadReferenceError) as refused:
        customer_reference(written)
    assert refused.value.code == code
    assert is_chinese(refused.value.rule)
    assert is_chinese(refused.value.remedy)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("聊城管字〔2022〕49号", "聊城管字〔2022〕49号"),
        ("OBJ-2022-000318", "OBJ-2022-000318"),
        ("台账 W-371502-20220930-0001", "台账 W-371502-20220930-0001"),
        (" 台账\u200b  W-1 ", "台账 W-1"),
        ("“一张表单”（第3版）", "“一张表单”（第3版）"),
        ("D", "D"),
    ],
)
def test_a_documents_number_stays_as_it_is_seen(written: str, reference: str) -> None:
    assert " ".join(document_reference(written).split()) == reference


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("13800138000", "personal-data"),
        ("联系人张三13800138000", "personal-data"),
        ("138 0013 8000", "personal-data"),
        (" ", "reference-invalid"),
        ("…", "reference-invalid"),
        ("=HYPERLINK(1)", "reference-invalid"),
        ("@SUM(A1)", "reference-invalid"),
        ("D\nE", "reference-invalid"),
        ("\u202eD\u202c", "reference-invalid"),
        ("文" * 81, "reference-invalid"),
    ],
)
def test_what_is_no_documents_number_is_said(written: str, code: str) -> None:
    with pytest.raises(BadReferenceError) as refused:
        document_reference(written)
    assert refused.value.code == code
    assert is_chinese(refused.value.rule)
    assert is_chinese(refused.value.remedy)


def test_a_text_is_said_what_kind_of_number_it_holds() -> None:
    check_personal("能否沿北墙敷设？")
    with pytest.raises(BadReferenceError, match="手机号"):
        check_personal("请打138 0013 8000")
