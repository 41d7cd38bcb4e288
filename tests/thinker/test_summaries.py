"""What is said of one side of a test: shares of its rounds, money, tokens and times."""

import pytest

from app.thinker import trials
from app.thinker.trial_models import PromptTest, PromptTestResult

PASSED: list[str] = []
FAILED = ["It contains “delve”."]


def result(repeat: int, problems: list[str], cost: int | None = None, ms: int = 100, side: int = 0) -> PromptTestResult:
    """One answer of a side."""
    values = {"tokens_in": 10, "tokens_out": 5, "milliseconds": ms, "cost_micros": cost, "case_number": 0}
    return PromptTestResult(side=side, repeat=repeat, problems=problems, **values)


# Answers by round; the share of all, the least and the most of a round.
ROUNDS = {
    "rounds that differ": ([[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 0, 0]], (50, 25, 75)),
    "a round that was cut off": ([[1, 1, 1, 1], [0]], (80, 0, 100)),
    "a round of which little is there yet": ([[0, 0, 1], [1]], (50, 33, 100)),
    "rounds that are equal": ([[1, 0], [0, 1]], (50, 50, 50)),
    "all passed": ([[1], [1]], (100, 100, 100)),
    "none passed": ([[0], [0]], (0, 0, 0)),
    "rounded down": ([[1, 1, 0], [1, 1, 0]], (66, 66, 66)),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_the_spread_is_that_of_the_rounds(name: str) -> None:
    rounds, shares = ROUNDS[name]
    rows = [result(repeat, PASSED if passed else FAILED) for repeat, answers in enumerate(rounds) for passed in answers]
    [summary] = trials.summaries(PromptTest(sides=[{}]), reversed(rows))
    assert (summary.percent, summary.low, summary.high) == shares
    assert (summary.passed, summary.answers) == (sum(map(sum, rounds)), sum(map(len, rounds)))


@pytest.mark.parametrize(
    ("costs", "total"), [([5, None, 7], 12), ([None, None], None), ([0, 0], 0), ([0, None], 0), ([], None)]
)
def test_what_a_side_cost_is_the_sum_of_what_is_known(costs: list[int | None], total: int | None) -> None:
    [summary] = trials.summaries(PromptTest(sides=[{}]), [result(at, PASSED, cost) for at, cost in enumerate(costs)])
    assert summary.cost_micros == total
    assert summary.tokens == 15 * len(costs)


def test_each_side_is_summed_up_by_itself() -> None:
    rows = [
        *(result(repeat, PASSED, 3, ms, side=0) for repeat, ms in ((0, 300), (0, 100), (1, 200))),
        *(result(repeat, FAILED, None, ms, side=1) for repeat, ms in ((0, 10), (1, 21))),
    ]
    first, second = trials.summaries(PromptTest(sides=[{"label": "A"}, {"label": "B"}]), rows)
    assert (first.side["label"], first.percent, first.cost_micros) == ("A", 100, 9)
    assert (first.median_ms, first.least_ms, first.most_ms) == (200, 100, 300)
    assert (second.side["label"], second.percent, second.cost_micros) == ("B", 0, None)
    assert (second.median_ms, second.least_ms, second.most_ms) == (16, 10, 21)


def test_a_side_without_an_answer_has_nothing_to_say() -> None:
    [summary] = trials.summaries(PromptTest(sides=[{}]), [])
    assert (summary.answers, summary.percent, summary.low, summary.high, summary.most_ms) == (0, 0, 0, 0, 0)
