"""What words of the hotline mean, by policies and by what the desk has said: pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from libs.common.places import load_places
from libs.common.texts import plain
from services.grievances.domain.hotline.values import HotlineStatus, WordGroup
from services.grievances.domain.values.kinds import GrievanceKind


@dataclass(frozen=True, slots=True)
class HotlineWords:
    """The words of the hotline by one version, in their comparison form."""

    version: str
    kinds: Mapping[str, GrievanceKind]
    statuses: Mapping[str, HotlineStatus]
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HotlineGrades:
    """The grades of the hotline by one version: by the number of steps, each word with our grade."""

    version: str
    scales: Mapping[int, Mapping[str, int]]

    def read(self, word: str, steps: int | None) -> int | None:
        """Return our grade of a word; None where it is unknown, or says different things in different scales."""
        text = plain(word)
        scales = self.scales.values() if steps is None else [self.scales.get(steps, {})]
        grades = {scale[text] for scale in scales if text in scale}
        return grades.pop() if len(grades) == 1 else None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All that is known of a system's words; `learnt` is what the desk said of those that no policy has."""

    words: HotlineWords
    grades: HotlineGrades
    learnt: Mapping[tuple[WordGroup, str], str]

    def kind(self, word: str) -> GrievanceKind | None:
        """Return the kind of a word; None for an unknown one."""
        learnt = self.learnt.get((WordGroup.KIND, plain(word)))
        return GrievanceKind(learnt) if learnt else self.words.kinds.get(plain(word))

    def status(self, word: str) -> HotlineStatus | None:
        """Return what a state's word means; None for an unknown one."""
        learnt = self.learnt.get((WordGroup.STATUS, plain(word)))
        return HotlineStatus(learnt) if learnt else self.words.statuses.get(plain(word))

    def category(self, word: str) -> str | None:
        """Return the code of a category's word; None for an unknown one."""
        return self.learnt.get((WordGroup.CATEGORY, plain(word))) or self.words.categories.get(plain(word))

    def grade(self, word: str, steps: int | None) -> int | None:
        """Return our grade of a word; None for an unknown one."""
        learnt = self.learnt.get((WordGroup.GRADE, grade_word(word, steps)))
        return int(learnt) if learnt else self.grades.read(word, steps)

    def district(self, word: str) -> str | None:
        """Return the reporting unit of a name or code; None for an unknown one."""
        learnt = self.learnt.get((WordGroup.DISTRICT, plain(word)))
        places = load_places()
        code = learnt or places.division_codes.get(word.strip(), word.strip())
        return code if code in {unit.code for unit in places.reporting_units} else None

    def unit(self, word: str) -> str | None:
        """Return the utility of a name or code; None for an unknown one."""
        learnt = self.learnt.get((WordGroup.UNIT, plain(word)))
        places = load_places()
        code = learnt or places.utility_codes.get(word.strip(), word.strip())
        return code if code in {unit.code for unit in places.utilities()} else None


def grade_word(word: str, steps: int | None) -> str:
    """Return a grade's word as it is learnt: in its scale."""
    return f"{steps or ''}:{plain(word)}"
