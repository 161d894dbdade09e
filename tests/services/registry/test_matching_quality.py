"""What the comparison finds of customers who are known to be one, by the policies that ship."""

from pathlib import Path

from services.registry.dev.matching_quality import FEBRL, of_febrl, of_planted
from services.registry.dev.planted import ARE_ONE, Case, planted

# Three persons, of whom the first and the last are one, in the form of FEBRL's files.
COLUMNS = (
    "rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, "
    "date_of_birth, soc_sec_id"
)
ROWS = (
    "rec-1-org, lachlan, berry, 69, giblin street, killarney, bittern, 4814, qld, 19990219, 7364009",
    "rec-2-org, deakin, sondergeld, 48, goldfinch circuit, kooltuo, canterbury, 2776, vic, 19600210, 2635962",
    "rec-1-dup-0, lachlan, bery, 96, giblin street, killarney, bittern, 4814, qld, 19990219, 7364090",
)


def test_a_small_planted_set_is_found_with_few_others() -> None:
    twos = planted(200)
    quality = of_planted(twos)
    assert len(quality.true) == sum(case in ARE_ONE for case, _, _ in twos) == 120
    assert quality.recall >= 0.97
    assert quality.precision >= 0.95
    # Who is compared at all is far fewer than all with all: 400 customers make 79,800 twos.
    assert len(quality.compared) < 1_000


def test_the_planted_set_is_the_same_in_every_run_and_has_every_case() -> None:
    assert planted(30) == planted(30)
    assert planted(30) != planted(30, seed=1)
    assert {case for case, _, _ in planted(30)} == set(Case)


def test_records_in_english_go_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / f"{FEBRL[0][0]}.csv"
    file.write_text("\n".join((COLUMNS, *ROWS)), encoding="utf-8")
    quality = of_febrl([file])
    assert quality.true == {("rec-1-dup-0", "rec-1-org")} == quality.found
    assert (quality.precision, quality.recall) == (1.0, 1.0)
