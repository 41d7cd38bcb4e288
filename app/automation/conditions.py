"""Conditions: typed comparisons of a row's fields, in groups of all or any. As JSON, in words, and as SQL.

`{"match": "all", "groups": [{"match": "any", "conditions": [{"field", "operator", "value"}]}]}`; without groups
every row fits.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, func, or_, select, true

from app.automation.subjects import CHOICE, NUMBER, SUBJECT_KINDS, TEXT, Field, field_of
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext

ALL, ANY = "all", "any"
MOST_GROUPS, MOST_CONDITIONS, MOST_LENGTH, MOST_VALUES = 5, 10, 300, 50
OPERATORS = {
    "eq": N_("is"),
    "ne": N_("is not"),
    "gt": N_("is more than"),
    "gte": N_("is at least"),
    "lt": N_("is less than"),
    "lte": N_("is at most"),
    "in": N_("is one of"),
    "contains": N_("contains"),
}
BY_TYPE = {
    TEXT: ("eq", "ne", "contains", "in"),
    NUMBER: ("eq", "ne", "gt", "gte", "lt", "lte", "in"),
    CHOICE: ("eq", "ne", "in"),
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison, as it was checked: `values` has one entry unless the operator is ``in``."""

    field: Field
    operator: str
    values: tuple[str, ...]

    def words(self) -> str:
        """The comparison in the current language."""
        labels = dict(self.field.choices)
        shown = [gettext(labels[value]) if value in labels else value for value in self.values]
        said = ", ".join(shown) if self.field.type == NUMBER else ", ".join(f"“{value}”" for value in shown)
        return f"{gettext(self.field.label)} {gettext(OPERATORS[self.operator])} {said}"

    def expression(self, of: "Reader | None" = None) -> ColumnElement[bool]:
        """The comparison in SQL. A row without a value is not equal to, more or less than anything.

        `of` gives a field's value where the row's own is not meant.
        """
        compare = _NUMBERS if self.field.type == NUMBER else _TEXTS
        value = self.field.of() if of is None else of(self.field)
        return func.coalesce(compare[self.operator](value, self.values), self.operator == "ne")


def _decimal(value: str) -> Decimal:
    return Decimal(value)


Compare = Callable[[Any, Sequence[str]], Any]
Reader = Callable[[Field], ColumnElement[Any]]
_NUMBERS: Mapping[str, Compare] = {
    "eq": lambda column, values: column == _decimal(values[0]),
    "ne": lambda column, values: column != _decimal(values[0]),
    "gt": lambda column, values: column > _decimal(values[0]),
    "gte": lambda column, values: column >= _decimal(values[0]),
    "lt": lambda column, values: column < _decimal(values[0]),
    "lte": lambda column, values: column <= _decimal(values[0]),
    "in": lambda column, values: column.in_([_decimal(value) for value in values]),
}


def _folded(column: Any) -> Any:
    return func.lower(cast(column, String))


_TEXTS: Mapping[str, Compare] = {
    "eq": lambda column, values: _folded(column) == values[0].lower(),
    "ne": lambda column, values: _folded(column) != values[0].lower(),
    "contains": lambda column, values: _folded(column).contains(values[0].lower(), autoescape=True),
    "in": lambda column, values: _folded(column).in_([value.lower() for value in values]),
}


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Conditions of which all or any have to hold."""

    match: str
    conditions: tuple[Condition, ...]

    def expression(self, of: Reader | None = None) -> ColumnElement[bool]:
        """The group in SQL; a group without conditions holds."""
        parts = [condition.expression(of) for condition in self.conditions]
        if not parts:
            return true()
        return and_(true(), *parts) if self.match == ALL else or_(false(), *parts)

    def words(self) -> str:
        """The group in the current language."""
        joint = gettext(" and ") if self.match == ALL else gettext(" or ")
        return joint.join(condition.words() for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Groups of which all or any have to hold."""

    match: str
    groups: tuple[ConditionGroup, ...]

    @property
    def flat(self) -> list[Condition]:
        """The comparisons of all groups, in order."""
        return [condition for group in self.groups for condition in group.conditions]

    def expression(self, of: Reader | None = None) -> ColumnElement[bool]:
        """All of it in SQL."""
        parts = [group.expression(of) for group in self.groups if group.conditions]
        if not parts:
            return true()
        return and_(true(), *parts) if self.match == ALL else or_(false(), *parts)

    def words(self) -> str:
        """All of it in the current language; empty without conditions."""
        said = [group.words() for group in self.groups if group.conditions]
        joint = gettext(" and ") if self.match == ALL else gettext(" or ")
        return said[0] if len(said) == 1 else joint.join(f"({words})" for words in said)

    def as_json(self) -> dict[str, Any]:
        """The form that is stored."""
        return {
            "match": self.match,
            "groups": [
                {
                    "match": group.match,
                    "conditions": [
                        {"field": one.field.name, "operator": one.operator, "value": _stored(one)}
                        for one in group.conditions
                    ],
                }
                for group in self.groups
                if group.conditions
            ],
        }


def _stored(condition: Condition) -> Any:
    return list(condition.values) if condition.operator == "in" else condition.values[0]


def read_conditions(kind: str, stored: Mapping[str, Any]) -> Conditions:
    """The conditions on rows of this kind. Raises DomainError, in a person's words, for what makes no sense."""
    groups = stored.get("groups") or []
    if not isinstance(groups, list) or len(groups) > MOST_GROUPS:
        raise _wrong(gettext("A rule has at most %(most)s groups of conditions.", most=MOST_GROUPS))
    return Conditions(_match(stored), tuple(_read_group(kind, group) for group in groups))


def _read_group(kind: str, stored: Any) -> ConditionGroup:
    rows = stored.get("conditions") or [] if isinstance(stored, Mapping) else None
    if not isinstance(rows, list) or len(rows) > MOST_CONDITIONS:
        raise _wrong(gettext("A group has at most %(most)s conditions.", most=MOST_CONDITIONS))
    return ConditionGroup(_match(stored), tuple(_read_condition(kind, row) for row in rows))


def _match(stored: Mapping[str, Any]) -> str:
    return ANY if stored.get("match") == ANY else ALL


def _read_condition(kind: str, row: Any) -> Condition:
    values = row if isinstance(row, Mapping) else {}
    field = field_of(kind, str(values.get("field")))
    if field is None:
        raise _wrong(gettext("A condition asks for a field that there is not."))
    operator = str(values.get("operator"))
    if operator not in BY_TYPE[field.type]:
        raise _wrong(gettext("“%(field)s” cannot be compared in this way.", field=gettext(field.label)))
    return Condition(field, operator, _checked_values(field, operator, values.get("value")))


def _checked_values(field: Field, operator: str, given: Any) -> tuple[str, ...]:
    parts = given if isinstance(given, list) else str(given or "").split(",") if operator == "in" else [given]
    values = tuple(text for part in parts if (text := str("" if part is None else part).replace("\0", "").strip()))
    if not values or len(values) > MOST_VALUES or any(len(value) > MOST_LENGTH for value in values):
        raise _wrong(gettext("“%(field)s” needs something to compare with.", field=gettext(field.label)))
    for value in values:
        if field.type == NUMBER and not _NUMBER.fullmatch(value):
            raise _no_number(field, value)
        if field.type == CHOICE and value not in dict(field.choices):
            raise _wrong(gettext("“%(field)s” is none of its choices.", field=gettext(field.label)))
    return values


def _no_number(field: Field, value: str) -> DomainError:
    said = gettext(
        "“%(field)s” is compared with a number, not with “%(value)s”.", field=gettext(field.label), value=value[:40]
    )
    cure = gettext("Write it in digits, up to 15 of them, such as 1000 or 2.5.")
    return DomainError(said, code="CONDITION_INVALID", field="conditions", cure=cure)


def _wrong(message: str) -> DomainError:
    return DomainError(message, code="CONDITION_INVALID", field="conditions", cure=gettext("Change or remove it."))


def matching(kind: str, conditions: Conditions, account_id: int, site_id: int) -> list[ColumnElement[bool]]:
    """Conditions in SQL on the rows of the site that fit."""
    return [*SUBJECT_KINDS[kind].conditions(account_id, site_id), conditions.expression()]


def fitting_ids(kind: str, conditions: Conditions, account_id: int, site_id: int, ids: Sequence[int]) -> list[int]:
    """Those of these rows that are there and fit, in order of their ids."""
    model = SUBJECT_KINDS[kind].model
    stmt = select(model.id).where(*matching(kind, conditions, account_id, site_id), model.id.in_(ids))
    return list(db.session.scalars(stmt.order_by(model.id)))


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """Whether one condition holds for a row, and the row's value as text, None where it has none."""

    words: str
    holds: bool
    value: str | None


def verdicts(kind: str, conditions: Conditions, account_id: int, row_id: int) -> list[ConditionResult]:
    """Each condition tried on one row; empty when there are none, or the row is not there."""
    model = SUBJECT_KINDS[kind].model
    columns = _trials(conditions)
    if not columns:
        return []
    row = db.session.execute(select(*columns).where(model.id == row_id, model.account_id == account_id)).first()
    return [] if row is None else _results(conditions, list(row))


def try_values(conditions: Conditions, of: Reader) -> tuple[bool, list[ConditionResult]]:
    """Whether values fit that are no row's, as `of` gives them, and each condition tried on them."""
    fits = conditions.expression(of).label("fits")
    cells = list(db.session.execute(select(fits, *_trials(conditions, of))).one())
    return bool(cells[0]), _results(conditions, cells[1:])


def _trials(conditions: Conditions, of: Reader | None = None) -> list[ColumnElement[Any]]:
    """Whether each condition holds, and the value; named, as two conditions may ask for the same field."""
    columns: list[ColumnElement[Any]] = []
    for number, condition in enumerate(conditions.flat):
        field = condition.field
        value = cast(field.of() if of is None else of(field), String)
        columns += [condition.expression(of).label(f"holds_{number}"), value.label(f"value_{number}")]
    return columns


def _results(conditions: Conditions, cells: Sequence[Any]) -> list[ConditionResult]:
    return [ConditionResult(one.words(), bool(cells[2 * n]), cells[2 * n + 1]) for n, one in enumerate(conditions.flat)]
