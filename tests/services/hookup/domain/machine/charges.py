"""Random quotes, answers and bills."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.hookup.domain.values.transitions import Verb
from services.hookup.domain.verbs import quotes as quote_verbs
from tests.services.hookup.domain import oracle
from tests.services.hookup.domain.charge_samples import CATALOGUE
from tests.services.hookup.domain.machine.base import Machine

CODES = st.sampled_from(["CONNECT", "INSIDE", "INSIDE", "NO-SUCH"])


class ChargeRules(Machine):
    """Verbs of quotes."""

    @rule(codes=st.lists(CODES, min_size=1, max_size=3))
    def quote(self, codes: list[str]) -> None:
        lines = [quote_verbs.RequestedLine(f"{self.case.supply[0]}-{code}", 1500) for code in codes]
        self.attempt(
            Verb.MAKE_QUOTE,
            oracle.make_quote(self.case, lines, self.now),
            lambda case: quote_verbs.make_quote(case, lines, None, self.now, "clerk-1", CATALOGUE),
        )

    @rule(number=st.integers(0, 3), accept=st.booleans())
    def answer_line(self, number: int, accept: bool) -> None:
        self.attempt(
            Verb.ANSWER_QUOTE,
            oracle.answer_line(self.case, number, accept=accept),
            lambda case: quote_verbs.answer_line(case, number, self.now, "C-1", accept=accept),
        )

    @rule(codes=st.lists(CODES, max_size=2), fen=st.sampled_from([0, 27_750]))
    def bill(self, codes: list[str], fen: int) -> None:
        lines = [quote_verbs.BilledLine(f"{self.case.supply[0]}-{code}", fen) for code in codes]
        self.attempt(
            Verb.RECORD_BILL,
            oracle.record_bill(self.case, lines, self.now),
            lambda case: quote_verbs.record_bill(case, lines, self.now, "clerk-1", CATALOGUE),
        )
