"""How well keywords are clustered without a key, and how long it takes.

Truth is only compared against, never given: `keyword_niches.csv` beside this file, 22,500 queries by intent and the
keyword topics of `../shared/data`. Of these, only the niches `kitchen` and `cats` were not looked at while distances
were chosen. The yardstick is ward linkage that is told the true number of groups.
"""

import csv
import random
import resource
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, v_measure_score
from sklearn.preprocessing import normalize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.meaning.points import points
from app.meaning.sentence_model import packaged_model
from app.meaning.wants import subject_of
from app.planner import clustering

OWN = Path(__file__).resolve().parent / "keyword_niches.csv"
SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
QUERIES = 4000
SIZES = (10_000, 100_000)
EXTRAS = "best cheap top online near me for beginners london berlin texas review guide cost free small large used new"


def read(path: Path, truth: str, size: int | None = None) -> tuple[list[str], list[str]]:
    """Keywords and the topic of each; some of them when `size` is given."""
    with path.open(newline="", encoding="utf-8") as source:
        rows = [(row["keyword"].casefold(), row[truth]) for row in csv.DictReader(source)]
    rows = random.Random(0).sample(rows, size) if size else rows
    return [row[0] for row in rows], [row[1] for row in rows]


def label(texts: list[str], *, sentences: bool) -> list[int]:
    """The topic of each text; what stays alone is a topic of its own."""
    model = packaged_model() if sentences else None
    vectors = model.encode([subject_of(text) for text in texts]) if model else None
    found = clustering.label(points(texts, vectors, model.fluency(texts) if model else None))
    alone = found == clustering.ALONE
    found[alone] = found.max(initial=0) + 1 + np.arange(alone.sum())
    return found.tolist()


def ward(texts: list[str], groups: int) -> list[int]:
    """Plain ward linkage over 100 SVD dimensions with the number of groups given."""
    features = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2).fit_transform(texts)
    vectors = normalize(TruncatedSVD(100, random_state=0).fit_transform(features))
    return AgglomerativeClustering(groups, linkage="ward").fit_predict(vectors).tolist()


def pairs(labels: list[object]) -> int:
    """How many pairs share a label."""
    return sum(count * (count - 1) // 2 for count in Counter(labels).values())


def line(name: str, truth: list[str], found: list[int], seconds: float) -> str:
    """One row of the report."""
    precision = pairs(list(zip(truth, found, strict=True))) / max(1, pairs(list(found)))
    return (
        f"{name:<42} {len(truth):>6} {len(set(truth)):>5} {len(set(found)):>6} "
        f"{adjusted_rand_score(truth, found):>6.3f} {v_measure_score(truth, found):>6.3f} "
        f"{precision:>6.2f} {seconds:>6.1f} s"
    )


def compare(name: str, texts: list[str], truth: list[str]) -> None:
    """Both ways and the yardstick on one set."""
    ways = {
        "sentences": lambda: label(texts, sentences=True),
        "words alone": lambda: label(texts, sentences=False),
        "ward, number given": lambda: ward(texts, len(set(truth))),
    }
    for way, run in ways.items():
        started = time.perf_counter()
        found = run()
        print(line(f"{name}: {way}", truth, found, time.perf_counter() - started))


def many(base: list[str], size: int) -> list[str]:
    """So many keywords, made of these and what searchers add."""
    chance, made, extras = random.Random(4), set(base), EXTRAS.split()
    while len(made) < size:
        made.add(f"{chance.choice(base)} {' '.join(chance.sample(extras, chance.randint(1, 2)))}")
    return chance.sample(sorted(made), size)


def main() -> int:
    """Print the table; sets that are not there are left out."""
    print(f"{'clustering':<42} {'rows':>6} {'true':>5} {'found':>6} {'ARI':>6} {'V':>6} {'pairs':>6}")
    compare("own niches", *read(OWN, "topic"))
    base = read(OWN, "topic")[0]
    if (SHARED / "keyword-topics.csv").exists():
        compare("keyword-topics", *read(SHARED / "keyword-topics.csv", "topic"))
        compare("queries-by-intent", *read(SHARED / "queries-by-intent.csv", "intent", QUERIES))
        base += read(SHARED / "queries-by-intent.csv", "intent")[0]
    for size in SIZES:
        texts = many(base, size)
        started = time.perf_counter()
        clustering.label(points(texts))
        print(f"{size:,} keywords by words: {time.perf_counter() - started:.1f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
