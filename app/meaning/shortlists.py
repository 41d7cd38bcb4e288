"""Which of very many titles are worth comparing: those near by their vectors, or by their words where none is made yet.

A shortlist only: whether two serve one intent is decided by points, among the few. Memory grows with the number of
titles, not with its square.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.core.extensions import db
from app.meaning import title_vectors, word_vectors
from app.meaning.packaged import Vectors
from app.meaning.services import EmbeddingModel
from app.meaning.title_vectors import Key

LEAST_NEAR = 0.4  # cosine of sentence vectors
LEAST_BY_WORDS = 0.4
MOST_READ = 3000  # new titles of a run: under a minute of the packaged model; the next run goes on
ROWS, COLUMNS = 250, 20_000
FLUENT = 0.5  # below, the model knows too little of a title's language for its vectors to tell anything
BACKDROP = 1000  # titles, among which and those compared it is counted how rare a word is
Pair = tuple[int, int]
Step = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Title:
    """A title of a site, or with the id 0 one that is not in the list: typed just now, say."""

    key: Key
    text: str


@dataclass(frozen=True)
class SearchScope:
    """Where is searched: all titles that it has of these kinds are handed in."""

    account_id: int
    site_id: int
    kinds: Sequence[str]


def near_pairs(
    scope: SearchScope,
    titles: Sequence[Title],
    rows: Sequence[int],
    model: EmbeddingModel | None,
    most: int,
    most_read: int = MOST_READ,
    step: Step = lambda words, done, total: None,
) -> dict[Pair, float]:
    """Each of `rows` with the `most` titles nearest to it, by place (the smaller first), and how near they are.

    At most `most_read` titles are read anew. Commits as it goes. `step` is given what is being done, and may raise.
    """
    unread = _read(scope, titles, model, most_read, step) if model else list(range(len(titles)))
    by_words = sorted(set(rows) & {*unread, *_not_understood(titles, rows, model)})
    pairs = _near_by_words(titles, rows, unread, by_words, most)
    if model is not None:
        pairs |= _near_by_vectors(scope, titles, sorted(set(rows) - set(by_words)), model, most, step)
    return pairs


def backdrop(count: int) -> list[int]:
    """Places of a sample of so many titles, spread over all of them."""
    return list(range(0, count, max(1, count // BACKDROP)))


def _read(scope: SearchScope, titles: Sequence[Title], model: EmbeddingModel, most_read: int, step: Step) -> list[int]:
    """Have titles read that nobody has read yet. Returns the places of those that have to go by their words."""
    texts = {title.key: title.text for title in titles if title.key[1]}
    unread = title_vectors.refresh_vectors(
        scope.account_id,
        scope.site_id,
        scope.kinds,
        texts,
        model,
        most_read,
        lambda done, total: step("Reading new titles", done, total),
    )
    return [row for row, title in enumerate(titles) if title.key in unread]


def _not_understood(titles: Sequence[Title], rows: Sequence[int], model: EmbeddingModel | None) -> list[int]:
    """Those of these rows whose language the model hardly knows."""
    fluency = model.fluency([titles[row].text for row in rows]) if model else np.zeros(len(rows))
    return [row for row, known in zip(rows, fluency, strict=True) if known < FLUENT]


def _near_by_vectors(
    scope: SearchScope, titles: Sequence[Title], rows: Sequence[int], model: EmbeddingModel, most: int, step: Step
) -> dict[Pair, float]:
    """Pairs of these rows with those titles of the site that a model finds near."""
    place = {title.key: row for row, title in enumerate(titles)}
    pairs: dict[Pair, float] = {}
    for start in range(0, len(rows), ROWS):
        step("Looking for titles that are near", start, len(rows))
        part = rows[start : start + ROWS]
        vectors = title_vectors.vectors_of(scope.account_id, [titles[row].text for row in part], model)
        nearest = title_vectors.nearest(scope.account_id, scope.site_id, scope.kinds, model.name, vectors, most + 1)
        db.session.commit()
        for row, near in zip(part, nearest, strict=True):
            for key, likeness in near:
                other = place.get(key, row)
                if other != row and likeness >= LEAST_NEAR:
                    pairs[min(row, other), max(row, other)] = likeness
    return pairs


def _near_by_words(
    titles: Sequence[Title], rows: Sequence[int], unread: Sequence[int], by_words: Sequence[int], most: int
) -> dict[Pair, float]:
    """Pairs whose words are near: of these rows with the unread ones, and of those that go by words with all."""
    pairs: dict[Pair, float] = {}
    if unread or by_words:
        vectors = word_vectors.vectors([title.text for title in titles])
        _add_near(pairs, vectors, rows, unread, most)
        _add_near(pairs, vectors, by_words, range(len(titles)), most)
    return pairs


def _add_near(
    pairs: dict[Pair, float], vectors: Vectors, rows: Sequence[int], columns: Sequence[int], most: int
) -> None:
    for start in range(0, len(columns), COLUMNS):
        block = np.asarray(columns[start : start + COLUMNS])
        others = vectors[block].T
        count = min(most, len(block) - 1)
        for first in range(0, len(rows), ROWS):
            part = rows[first : first + ROWS]
            likeness = vectors[part] @ others
            top = np.argpartition(-likeness, count, axis=1)[:, : count + 1]
            for row, column in np.argwhere(np.take_along_axis(likeness, top, axis=1) >= LEAST_BY_WORDS):
                a, b = part[row], int(block[top[row, column]])
                if a != b:
                    pairs[min(a, b), max(a, b)] = float(likeness[row, top[row, column]])
