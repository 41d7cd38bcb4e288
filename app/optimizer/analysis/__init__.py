"""What is good about a text and what could be better, without a model: pure functions, data in, data out.

`analyse(document)` reads a `Document` and gives an `AnalysisReport`. The thresholds are those that editors know from
Yoast SEO and Surfer; `docs/optimizer-agreement.md` has how far the verdicts agree with yoastseo's.
"""

from app.optimizer.analysis.report import VERSION, analyse
from app.optimizer.analysis.types import (
    AnalysisReport,
    Assessment,
    CoverageItem,
    CoverageState,
    Document,
    Group,
    ImageText,
    Mark,
    Rating,
    Scores,
    Wanted,
)

__all__ = [
    "VERSION",
    "AnalysisReport",
    "Assessment",
    "CoverageItem",
    "CoverageState",
    "Document",
    "Group",
    "ImageText",
    "Mark",
    "Rating",
    "Scores",
    "Wanted",
    "analyse",
]
