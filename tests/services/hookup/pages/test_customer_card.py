"""The card of a customer's cases, which stands on the registry's page."""

from services.hookup.pages.customer_card import TABLE


def test_no_cell_of_it_needs_a_template_of_its_own() -> None:
    assert [column.name for column in TABLE.columns] == ["number", "state", "due_at", "finished_at"]
    assert TABLE.macros is None
    assert not [column.name for column in TABLE.columns if column.is_drawn]
