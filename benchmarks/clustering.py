"""How well the built-in clustering finds known groups, and how long it takes.

Reads `../shared/data/queries-by-intent.csv` (22,500 queries with the intent each was written for) when
it is there. The intent is only compared against, never given to the clustering. The yardstick is ward
linkage that is told the true number of groups, on 4,000 of the queries.
"""

import csv
import random
import resource
import sys
import time
from pathlib import Path

from sklearn.cluster import AgglomerativeClustering
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, v_measure_score
from sklearn.preprocessing import normalize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.ai.builtin_clustering import label

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "queries-by-intent.csv"
SIZES = (500, 3000, 4000, 22500)
YARDSTICK_SIZE = 4000


def ward(texts: list[str], groups: int) -> list[int]:
    """Plain ward linkage over 100 SVD dimensions with the number of groups given."""
    features = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2).fit_transform(texts)
    points = normalize(TruncatedSVD(100, random_state=0).fit_transform(features))
    return AgglomerativeClustering(groups, linkage="ward").fit_predict(points).tolist()


def line(name: str, truth: list[str], found: list[int], seconds: float) -> str:
    """One row of the report."""
    return (
        f"{name:<28} {len(truth):>6} {len(set(truth)):>5} {len(set(found)):>6} "
        f"{adjusted_rand_score(truth, found):>6.3f} {v_measure_score(truth, found):>6.3f} {seconds:>6.1f} s"
    )


def main() -> int:
    """Print the table; 0 also when there is no data."""
    if not DATA.exists():
        print(f"clustering: skipped, {DATA} is not there")
        return 0
    with DATA.open(newline="", encoding="utf-8") as source:
        rows = [(row["keyword"].casefold(), row["intent"]) for row in csv.DictReader(source)]
    print(f"{'clustering':<28} {'rows':>6} {'true':>5} {'found':>6} {'ARI':>6} {'V':>6}")
    for size in SIZES:
        texts, truth = map(list, zip(*random.Random(0).sample(rows, size), strict=True))
        started = time.perf_counter()
        found = label(texts)[0].tolist()
        print(line("built-in, number not given", truth, found, time.perf_counter() - started))
        if size == YARDSTICK_SIZE:
            started = time.perf_counter()
            print(line("ward, number given", truth, ward(texts, len(set(truth))), time.perf_counter() - started))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
