"""From a passage that was worded anew to changes of single sentences, each of which can be taken alone. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.optimizer.rewrite.changes import ProposedChange
from app.optimizer.rewrite.kept_facts import KnownText, problem_with
from app.optimizer.rewrite.mends import single_spaced
from app.optimizer.rewrite.passages import OpenPassage, sentences_of

Spans = list[tuple[int, int]]
Group = tuple[int, int, int, int]


@dataclass(frozen=True)
class WordedAnew:
    """What is left of a suggestion: changes that may be shown, and why the rest was refused."""

    changes: list[ProposedChange]
    problems: list[str]


def worded_anew(passage: OpenPassage, html: str, facts: KnownText) -> WordedAnew:
    """The changes that make `html` of a passage, sentence by sentence.

    Sentences whose facts moved into others are one change. What does not keep the facts is refused.
    """
    html = single_spaced(" ".join(html.split()))
    old, new = (sentences_of(text, facts.language) for text in (passage.html, html))
    changes: list[ProposedChange] = []
    problems: list[str] = []
    for group in _groups(passage.html, html, old, new):
        single = [_proposed(passage, html, old, new, part) for part in _parts(group)]
        together = _proposed(passage, html, old, new, group)
        refusals = [problem_with(one.before, one.after, facts) for one in single]
        if any(refusals) and not problem_with(together.before, together.after, facts):
            changes.append(together)
            continue
        changes += [one for one, refusal in zip(single, refusals, strict=True) if not refusal]
        problems += filter(None, refusals)
    if problems and not problem_with(passage.html, html, facts):
        whole = ProposedChange(0, "sentence", passage.html, html, start=passage.start, by_model=True)
        return WordedAnew([whole], [])
    return WordedAnew([one for one in changes if one.before != one.after], problems)


def _proposed(passage: OpenPassage, html: str, old: Spans, new: Spans, group: Group) -> ProposedChange:
    i1, i2, j1, j2 = group
    before, after = passage.html[old[i1][0] : old[i2 - 1][1]], html[new[j1][0] : new[j2 - 1][1]]
    return ProposedChange(0, "sentence", before, after, start=passage.start + old[i1][0], by_model=True)


def _groups(old_html: str, new_html: str, old: Spans, new: Spans) -> Iterator[Group]:
    """Sentences of both that belong together and differ; where one side has none, with a neighbour."""
    olds, news = ([_key(html[start:end]) for start, end in spans] for html, spans in ((old_html, old), (new_html, new)))
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if i1 == i2 or j1 == j2:
            if i1 and j1:
                i1, j1 = i1 - 1, j1 - 1
            elif i2 < len(olds) and j2 < len(news):
                i2, j2 = i2 + 1, j2 + 1
        if i1 < i2 and j1 < j2:
            yield i1, i2, j1, j2


def _key(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _parts(group: Group) -> list[Group]:
    """Sentence by sentence where there are as many as before, else all of it."""
    i1, i2, j1, j2 = group
    if i2 - i1 != j2 - j1:
        return [group]
    return [(i1 + n, i1 + n + 1, j1 + n, j1 + n + 1) for n in range(i2 - i1)]
