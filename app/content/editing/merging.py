"""An edit of an older version put together with what was saved since: fields and blocks that only one side changed come
from that side, and the rest is asked about. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.content.editing import revisions
from app.content.editing.differences import LABELS, FieldDifference, as_text, text_difference
from app.content.editing.merge import CHOICES, MINE, THEIRS, Clash, MergedText, blocks_text, merge_texts
from app.content.models import Content
from app.content.services import clean_keywords
from app.core.extensions import db
from app.core.languages import gettext
from app.core.side_by_side import side_by_side
from app.planner.models import Cluster

TEXT = "content_html"


@dataclass(frozen=True)
class MergeQuestion:
    """Something that both sides changed: what is there on each, and what may be chosen. `key` names it in the form."""

    key: str
    shown: FieldDifference
    choices: tuple[str, ...]
    chosen: str = ""


@dataclass
class PutTogether:
    """What to save on top of the present version, and what a person has to decide before."""

    changes: dict[str, Any]
    questions: list[MergeQuestion] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether something is undecided."""
        return any(not question.chosen for question in self.questions)


def put_together(
    content: Content, base_version: int, changes: Mapping[str, Any], choices: Mapping[str, str]
) -> PutTogether:
    """`changes` of a person who began with `base_version`, on top of what `content` is now.

    `choices` are by `Question.key`. Where the version that both began with is not kept, all that differs is asked.
    """
    base_revision = revisions.find_revision(content.account_id, content.id, base_version)
    base = revisions.values_of(base_revision) if base_revision is not None else {}
    theirs = revisions.values_of(content)
    result = PutTogether({})
    for name, value in changes.items():
        if name == TEXT:
            _merge_text(result, base.get(TEXT), str(value), content.content_html, choices)
        else:
            _merge_field(result, name, value, base, theirs[name], choices)
    result.questions.sort(key=lambda question: list(LABELS).index(question.shown.name))
    return result


def _merge_field(
    result: PutTogether, name: str, mine: Any, base: Mapping[str, Any], theirs: Any, choices: Mapping[str, str]
) -> None:
    here, there = _comparable(mine), _comparable(theirs)
    if here == there or (name in base and here == _comparable(base[name])):
        return  # theirs stays as it is
    if name in base and there == _comparable(base[name]):
        result.changes[name] = mine
        return
    key = f"choice-{name}"
    chosen = choices.get(key, "")
    shown = FieldDifference(
        name, gettext(LABELS[name]), side_by_side(_display_value(name, theirs), _display_value(name, mine))
    )
    result.questions.append(MergeQuestion(key, shown, (THEIRS, MINE), chosen if chosen in (THEIRS, MINE) else ""))
    if chosen == MINE:
        result.changes[name] = mine


def _merge_text(result: PutTogether, base: str | None, mine: str, theirs: str, choices: Mapping[str, str]) -> None:
    merged = merge_texts(base, mine, theirs)
    questions = [_question(clash, choices) for clash in merged.clashes]
    result.questions += questions
    if all(question.chosen for question in questions):
        result.changes[TEXT] = _merged_text(merged, questions)


def _merged_text(merged: MergedText, questions: list[MergeQuestion]) -> str:
    by_key = {question.key: question.chosen for question in questions}
    return merged.text({clash.key: by_key[f"choice-{clash.key}"] for clash in merged.clashes})


def _question(clash: Clash, choices: Mapping[str, str]) -> MergeQuestion:
    key = f"choice-{clash.key}"
    possible = CHOICES if clash.mine and clash.theirs else (THEIRS, MINE)
    chosen = choices.get(key, "")
    shown = text_difference(blocks_text(clash.theirs), blocks_text(clash.mine))
    return MergeQuestion(key, shown, possible, chosen if chosen in possible else "")


def _comparable(value: Any) -> str:
    return as_text(clean_keywords(value) if isinstance(value, list) else value)


def _display_value(name: str, value: Any) -> str:
    if name == "cluster_id" and value is not None:
        cluster = db.session.get(Cluster, int(value))
        return cluster.name if cluster is not None else ""
    return _comparable(value)
