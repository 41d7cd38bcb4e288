"""What Debian's Python 3.11.2 does otherwise than later ones of 3.11 is not used."""

import re

import pytest

from app.config import ROOT

USED = {
    # gh-106052: a possessive group matches wrongly before 3.11.5; an atomic one, `(?>(?:…)*)`, says the same.
    "a possessive group": re.compile(r"[^(\\]\)(?:[*+?]|\{[0-9,]+\})\+"),
    "a filter of tarfile": re.compile(r"\bfilter=\"(?:data|tar|fully_trusted)\""),
}


@pytest.mark.parametrize("what", USED)
def test_what_came_right_later_is_not_used(what: str) -> None:
    files = [path for name in ("app", "scripts", "benchmarks") for path in (ROOT / name).rglob("*.py")]
    lines = [(path.name, line) for path in files for line in path.read_text("utf-8").splitlines() if '"' in line]
    assert [line for line in lines if USED[what].search(line[1])] == []


def test_the_rule_knows_a_possessive_group() -> None:
    assert USED["a possessive group"].search(r'r"(?:a|b)*+c"')
    assert not USED["a possessive group"].search(r'r"(?>(?:a|b)*)c[xy]*+\)?+"')
