"""Making assessments. Pure."""

from collections.abc import Sequence

from app.optimizer.analysis.types import Assessment, Group, Mark, Rating

MOST_MARKS = 200


def judged(
    key: str,
    group: Group,
    name: str,
    rating: Rating,
    says: str,
    *,
    measured: float | None = None,
    cure: str = "",
    marks: Sequence[Mark] = (),
    field: str = "content",
    weight: int = 1,
    counts: bool = True,
) -> Assessment:
    """An assessment; what is good needs no cure, and no more than MOST_MARKS places are named."""
    needs_cure = rating in (Rating.OK, Rating.BAD)
    return Assessment(
        key=key,
        group=group,
        name=name,
        rating=rating,
        says=says,
        measured=None if measured is None else round(measured, 2),
        cure=cure if needs_cure else "",
        marks=tuple(marks[:MOST_MARKS]),
        field=field,
        weight=weight,
        counts=counts,
    )


def not_applicable(key: str, group: Group, name: str, says: str) -> Assessment:
    """An assessment that says nothing of this text, and why."""
    return judged(key, group, name, Rating.NOT_APPLICABLE, says)


def rated_by(figure: float, good: float, fair: float) -> Rating:
    """GOOD up to `good`, OK up to `fair`, BAD above."""
    return Rating.GOOD if figure <= good else Rating.OK if figure <= fair else Rating.BAD
