"""For sites with very many titles: those worth comparing, in groups. With fewer titles, all are compared."""

from collections.abc import Iterator, Sequence

from app.core.runs import RunContext
from app.meaning.services import embedding_model_for
from app.meaning.shortlists import MOST_READ, Pair, SearchScope, Title, backdrop, near_pairs
from app.meaning.title_vectors import Key
from app.suggestions.overlaps import KINDS, OverlapItem
from app.suggestions.run_kinds import ALIKE_TITLE

NEAR = 10  # of a title
MOST_PAIRS = 20_000
GROUP = 1500  # titles
Group = tuple[list[OverlapItem], set[tuple[Key, Key]]]


def shortlists(context: RunContext, items: Sequence[OverlapItem], rows: Sequence[int] | None) -> Iterator[Group]:
    """Groups of titles, and which of their pairs are to be decided, in both orders. Commits as it goes."""
    run = context.run
    assert run.site_id is not None
    pairs = near_pairs(
        SearchScope(run.account_id, run.site_id, _kinds(items)),
        [Title(item.key, item.title) for item in items],
        range(len(items)) if rows is None else rows,
        embedding_model_for(run.account_id, run.id),
        NEAR,
        0 if run.kind == ALIKE_TITLE.name else MOST_READ,  # somebody waits for that one
        lambda words, done, total: context.progress(step=words, done=done, total=total),
    )
    best = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:MOST_PAIRS]
    yield from _groups(items, sorted(best))


def _kinds(items: Sequence[OverlapItem]) -> list[str]:
    """The kinds of item that these are compared with."""
    is_of_clusters = any(item.kind == "cluster" for item in items)
    return [kind for kind in KINDS if (kind == "cluster") == is_of_clusters]


def _groups(items: Sequence[OverlapItem], pairs: Sequence[Pair]) -> Iterator[Group]:
    """The pairs in groups of few titles, each with a sample of all titles."""
    sample, group = backdrop(len(items)), set[int]()
    keys: set[tuple[Key, Key]] = set()
    for number, (a, b) in enumerate(pairs, start=1):
        group |= {a, b}
        first, second = items[a].key, items[b].key
        keys |= {(first, second), (second, first)}
        if len(group) >= GROUP or number == len(pairs):
            yield [items[row] for row in sorted(group | set(sample))], keys
            group, keys = set(), set()
