"""Identifiers have one normal form, and a wrong character is found and named by the rule that it breaks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.check_digits import (
    CREDIT_CODE_CHARACTERS,
    PROVINCES,
    credit_code_check,
    organisation_check,
    resident_check,
)
from libs.common.personal_data import PersonalNumber, find_personal
from services.registry.domain.identifiers import (
    BadIdentifierError,
    CodeWarning,
    PaperKind,
    Sex,
    credit_code,
    landline,
    mobile,
    paper_number,
    phone,
    resident_id,
)
from tests.services.registry.samples import CATEGORIES, VECTORS

CLASSES = CATEGORIES.classes
TODAY = date(2022, 7, 4)
E08, E09 = VECTORS["E08"], VECTORS["E09"]


def broken(code: str) -> str:
    with pytest.raises(BadIdentifierError) as caught:
        credit_code(code, CLASSES)
    assert all(caught.value.args)
    return caught.value.code


def broken_id(number: str, on: date = TODAY) -> str:
    with pytest.raises(BadIdentifierError) as caught:
        resident_id(number, on)
    assert all(caught.value.args)
    return caught.value.code


@pytest.mark.parametrize(("code", "answer"), E08["valid"])
def test_valid_credit_codes(code: str, answer: tuple[bool, dict[str, object]]) -> None:
    read = credit_code(code, CLASSES)
    assert read.class_code is not None
    assert {
        "kind": CLASSES[read.class_code],
        "region": read.region,
        "warnings": list(read.warnings),
    } == answer[1]


@pytest.mark.parametrize("case", ["bad_check", "bad_alpha", "bad_len", "swap"])
def test_invalid_credit_codes(case: str) -> None:
    code, (_, rule) = E08[case]
    assert broken(code) == f"credit-code-{rule.lower()}"


def test_the_place_of_a_wrong_character_is_told() -> None:
    with pytest.raises(BadIdentifierError, match="第11位"):
        credit_code(E08["bad_alpha"][0], CLASSES)


def test_a_wrong_inner_code_only_warns() -> None:
    code, (_, answer) = E08["inner_check_only_bad"]
    assert list(credit_code(code, CLASSES).warnings) == answer["warnings"] == ["ORG_CODE_CHECK"]


def test_an_unknown_class_and_a_region_with_letters() -> None:
    assert broken("98371502MA3XX0010" + credit_code_check("98371502MA3XX0010")) == "credit-code-class"
    assert broken("913715A2MA3XX0010" + credit_code_check("913715A2MA3XX0010")) == "credit-code-region"
    body = "A137150200000003X"
    assert credit_code(body + credit_code_check(body), CLASSES).class_code == "A1"


def test_a_former_number_is_flagged() -> None:
    former = credit_code("371502 6000 12345", CLASSES)
    assert (former.code, former.class_code) == ("371502600012345", None)
    assert former.warnings == (CodeWarning.FORMER_NUMBER,)


@pytest.mark.parametrize(
    "text",
    [
        "91371502ma3xx0010r",
        "９１３７１５０２ＭＡ３ＸＸ００１０Ｒ",
        " 91371502-MA3XX001-0R ",
        "9137 1502 MA3X X001 0R\u200b",
    ],
)
def test_spellings_of_a_credit_code_are_one(text: str) -> None:
    assert credit_code(text, CLASSES).code == "91371502MA3XX0010R"


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    inner = draw(st.text(CREDIT_CODE_CHARACTERS, min_size=8, max_size=8))
    check = organisation_check(inner)
    region = draw(st.sampled_from(sorted(PROVINCES))) + draw(st.from_regex("[0-9]{4}", fullmatch=True))
    body = draw(st.sampled_from(sorted(CLASSES))) + region + inner + check
    return body + credit_code_check(body)


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    region = draw(st.sampled_from(sorted(PROVINCES))) + draw(st.from_regex("[0-9]{4}", fullmatch=True))
    body = region + f"{born:%Y%m%d}" + draw(st.from_regex("[0-9]{3}", fullmatch=True))
    return body + resident_check(body)


@given(credit_codes())
def test_a_generated_credit_code_is_valid_and_stays_as_it_is(code: str) -> None:
    read = credit_code(code, CLASSES)
    assert (read.code, read.warnings) == (code, ())
    assert credit_code(read.code.lower(), CLASSES) == read


@given(credit_codes(), st.integers(0, 17), st.sampled_from(CREDIT_CODE_CHARACTERS))
def test_any_single_wrong_character_of_a_credit_code_is_found(code: str, place: int, wrong: str) -> None:
    """The weights are powers of 3 modulo the prime 31: none is 0, and no two neighbours are equal."""
    if code[place] != wrong:
        assert broken(code[:place] + wrong + code[place + 1 :]).startswith("credit-code-")


@given(credit_codes(), st.integers(0, 16))
def test_any_two_neighbours_exchanged_in_a_credit_code_are_found(code: str, place: int) -> None:
    if code[place] != code[place + 1]:
        exchanged = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert broken(exchanged).startswith("credit-code-")


@given(st.from_regex("[0-9]{8}", fullmatch=True), st.integers(0, 7), st.sampled_from("0123456789"))
def test_any_single_wrong_digit_of_an_organisation_code_is_found(body: str, place: int, wrong: str) -> None:
    changed = body[:place] + wrong + body[place + 1 :]
    assert (organisation_check(changed) == organisation_check(body)) is (changed == body)


@pytest.mark.parametrize(("number", "answer"), E09["valid"])
def test_valid_resident_ids(number: str, answer: tuple[bool, dict[str, str]]) -> None:
    read = resident_id(number, TODAY)
    assert {"birth": read.born.isoformat(), "sex": read.sex} == answer[1]
    assert read.number == number == resident_id(number.lower(), TODAY).number


@pytest.mark.parametrize("case", ["bad_check", "bad_date", "bad_region"])
def test_invalid_resident_ids(case: str) -> None:
    number, (_, rule) = E09[case]
    assert broken_id(number) == f"resident-id-{rule.lower()}"


def test_length_and_characters_of_a_resident_id() -> None:
    assert broken_id("371502900101123") == "resident-id-length"
    assert broken_id("3715021900010100X1") == "resident-id-alphabet"
    assert broken_id("３７１５０２１９０００１０１００１") == "resident-id-length"
    assert broken_id("٣٧١٥٠٢١٩٠٠٠١٠١٠٠١١") == "resident-id-alphabet"


def test_an_id_of_the_former_prefecture_is_valid() -> None:
    body = "37250219850101001"
    assert resident_id(body + resident_check(body), TODAY).sex is Sex.MALE


def test_the_age_is_at_most_130_and_nobody_is_unborn() -> None:
    body = "37150218920704001"
    number = body + resident_check(body)
    assert resident_id(number, date(2023, 7, 3)).born == date(1892, 7, 4)
    assert broken_id(number, date(2023, 7, 4)) == "resident-id-age"
    assert broken_id(number, date(1892, 7, 3)) == "resident-id-age"
    assert resident_id(number, date(1892, 7, 4)).number == number


@given(resident_ids())
def test_a_generated_resident_id_is_valid_and_found_by_the_detector(number: str) -> None:
    read = resident_id(f" {number[:6]} {number[6:14]}-{number[14:].lower()}", TODAY)
    assert read == resident_id(read.number, TODAY)
    assert read.number == number
    if read.born < date(2015, 1, 1):
        assert find_personal(number) in (PersonalNumber.RESIDENT_ID, PersonalNumber.SOLE_TRADER)


@given(resident_ids(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_digit_of_a_resident_id_is_found(number: str, place: int, wrong: str) -> None:
    if number[place] != wrong:
        assert broken_id(number[:place] + wrong + number[place + 1 :]).startswith("resident-id-")


@given(resident_ids(), st.integers(0, 16))
def test_any_two_neighbours_exchanged_in_a_resident_id_are_found(number: str, place: int) -> None:
    if number[place] != number[place + 1]:
        exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert broken_id(exchanged).startswith("resident-id-")


@given(resident_ids(), st.integers(0, 9))
def test_a_wrong_check_digit_is_named_and_the_right_one_is_not_told(number: str, other: int) -> None:
    wrong = number[:17] + str(other)
    if wrong != number:
        with pytest.raises(BadIdentifierError) as caught:
            resident_id(wrong, TODAY)
        assert caught.value.code == "resident-id-checksum"
        told = "".join(caught.value.args)
        assert not set(told) & set("0123456789X")


@pytest.mark.parametrize(("text", "is_valid"), E09["mobiles"].items())
def test_mobile_numbers(text: str, is_valid: bool) -> None:
    if is_valid:
        assert mobile(text) == text[-11:] == phone(text)
    else:
        with pytest.raises(BadIdentifierError) as caught:
            mobile(text)
        assert caught.value.code == "mobile-invalid"


@pytest.mark.parametrize(("text", "is_valid"), E09["fixed"].items())
def test_landlines(text: str, is_valid: bool) -> None:
    if is_valid:
        assert landline(text) == "0635-8220000" == phone(text)
    else:
        with pytest.raises(BadIdentifierError, match="区号") as caught:
            landline(text)
        assert caught.value.code == "landline-invalid"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("（0635）8220000 转 12", "0635-8220000-12"),
        ("0635-8220000-12", "0635-8220000-12"),
        ("+86 635 8220000", "0635-8220000"),
        ("010-65001234", "010-65001234"),
        ("０２１６５００１２３４", "021-65001234"),
        ("138 0000 1234", "13800001234"),
        ("(+86)138-0000-1234", "13800001234"),
        ("0086 13800001234", "13800001234"),
    ],
)
def test_spellings_of_a_phone_are_one(text: str, number: str) -> None:
    assert phone(text) == number == phone(number)


@pytest.mark.parametrize("text", ["", "12345", "0635", "138000012345", "063-582200", "13800001234转1"])
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(BadIdentifierError) as caught:
        phone(text)
    assert caught.value.code == "phone-invalid"


@given(st.from_regex(r"1[3-9][0-9]{9}|0[3-9][0-9]{2}-?[2-8][0-9]{6,7}(-[0-9]{1,6})?", fullmatch=True))
def test_the_normal_form_of_a_phone_stays_as_it_is(text: str) -> None:
    assert phone(phone(text)) == phone(text)


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        (PaperKind.PASSPORT, "e 1234 5678", "E12345678"),
        (PaperKind.HK_MACAO_PERMIT, "Ｈ0123456702", "H0123456702"),
        (PaperKind.TAIWAN_PERMIT, "12345678", "12345678"),
        (PaperKind.FOREIGN_RESIDENT, "usa-110077041501", "USA-110077041501"),
        (PaperKind.RESIDENT_ID, "37150219000102005x", "37150219000102005X"),
    ],
)
def test_numbers_of_papers(kind: PaperKind, text: str, number: str) -> None:
    assert paper_number(kind, text, TODAY) == number == paper_number(kind, number, TODAY)


@pytest.mark.parametrize("text", ["", "  ", "=1+1", "-5", "A\u202eB", "A" * 41])
def test_what_is_no_number_of_a_paper(text: str) -> None:
    with pytest.raises(BadIdentifierError) as caught:
        paper_number(PaperKind.PASSPORT, text, TODAY)
    assert caught.value.code == "paper-invalid"


def test_a_resident_id_is_checked_as_a_paper_too() -> None:
    with pytest.raises(BadIdentifierError) as caught:
        paper_number(PaperKind.RESIDENT_ID, "371502190001010010", TODAY + timedelta(days=1))
    assert caught.value.code == "resident-id-checksum"
