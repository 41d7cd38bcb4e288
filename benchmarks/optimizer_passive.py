"""How often the Optimizer is right about the passive, on sentences that were annotated (UD English-EWT).

Every second sentence, beginning with the first, was used to tune the rules; the others are reported.

    python -m benchmarks.optimizer_passive [CSV with the columns sentence and passive]
"""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from app.config import ROOT
from app.optimizer.analysis.passive import is_passive

SENTENCES = ROOT.parent / "shared" / "data" / "passive-sentences.csv"


def scored(rows: Sequence[dict[str, str]]) -> str:
    """Precision, recall and F1 on these rows."""
    pairs = [(is_passive(row["sentence"]), row["passive"] == "1") for row in rows]
    hits = pairs.count((True, True))
    said, there = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    f1 = 2 * hits / (said + there)
    return f"{len(rows)} sentences: precision {hits / said:.3f}, recall {hits / there:.3f}, F1 {f1:.3f}"


def main(path: str = str(SENTENCES)) -> None:
    """Print the figures."""
    with Path(path).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    print("tuned on", scored(rows[::2]))
    print("reported", scored(rows[1::2]))


if __name__ == "__main__":
    main(*sys.argv[1:])
