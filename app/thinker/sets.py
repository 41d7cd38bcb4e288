"""Test sets: requests of an operation to try its prompts on. Services flush; callers commit."""

import json
import uuid
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from sqlalchemy import func, select

from app.core.blank import visible_line
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext, local_number
from app.core.tenancy import owned
from app.thinker import rows
from app.thinker.operations import AnyOperation, operation_of
from app.thinker.trial_models import PromptTestSet

MOST_CASES, MOST_SETS, NAME_LENGTH = 50, 200, 120
TYPED_LENGTH, CASE_LENGTH = 20_000, 100_000
LEAST_NUMBER, MOST_NUMBER = 1, 100_000  # of words and the like, where a request does not say it itself

# The fields of requests, as the form for values of one's own names them.
FIELD_WORDS = (
    N_("Cluster description"),
    N_("Cluster name"),
    N_("Content structure"),
    N_("Count"),
    N_("Existing titles"),
    N_("Headings"),
    N_("Language"),
    N_("Length words"),
    N_("Links"),
    N_("Persona"),
    N_("Primary keyword"),
    N_("Section"),
    N_("Site name"),
    N_("Strategy"),
    N_("Taken"),
    N_("Text before"),
    N_("Words"),
)


def list_sets(account_id: int, operation: str | None = None) -> Sequence[PromptTestSet]:
    """The account's test sets that the person may see, by operation and name."""
    stmt = select(PromptTestSet).where(PromptTestSet.account_id == account_id)
    if operation is not None:
        stmt = stmt.where(PromptTestSet.operation == operation)
    order = (PromptTestSet.operation, func.lower(PromptTestSet.name), PromptTestSet.id)
    return db.session.scalars(stmt.order_by(*order)).all()


def create_test_set(account_id: int, operation: AnyOperation, name: str, keys: Sequence[str]) -> PromptTestSet:
    """A set with the rows of these keys. Flushes; raises DomainError and NotFound."""
    count = db.session.scalar(select(func.count()).where(PromptTestSet.account_id == account_id)) or 0
    if count >= MOST_SETS:
        raise DomainError(
            gettext("%(most_sets)s test sets are the most.", most_sets=MOST_SETS),
            code="TOO_MANY_SETS",
            cure=gettext("Delete one."),
        )
    test_set = PromptTestSet(
        account_id=account_id, operation=operation.key, name=checked_name(name), cases=[], checks=[]
    )
    db.session.add(test_set)
    db.session.flush()
    add_rows(test_set, keys)
    return test_set


def checked_name(name: str) -> str:
    """The name as it is stored; raises DomainError when it is empty or too long."""
    name = visible_line(name)
    if not name or len(name) > NAME_LENGTH:
        raise DomainError(
            gettext("The test set needs a name.")
            if not name
            else gettext("The name is longer than %(name_length)s characters.", name_length=NAME_LENGTH),
            code="NAME_INVALID",
            cure=gettext("Give it a short one."),
            field="name",
        )
    return name


def lock_set(account_id: int, set_id: int) -> PromptTestSet:
    """The set, locked until the transaction ends; raises NotFound."""
    owned(PromptTestSet, set_id, account_id)
    return db.session.get_one(PromptTestSet, set_id, populate_existing=True, with_for_update=True)


def add_rows(test_set: PromptTestSet, keys: Sequence[str]) -> int:
    """Add the rows of these keys to the set, as they are now. Returns how many. A set has rows of one site. Flushes."""
    operation = operation_of(test_set.operation)
    added = 0
    for key in list(dict.fromkeys(keys))[: MOST_CASES + 1]:
        case = rows.case_of(test_set.account_id, operation, key)
        if test_set.site_id is not None and case.row.site_id != test_set.site_id:
            raise DomainError(
                gettext("The rows of a test set are of one site."),
                code="OTHER_SITE",
                cure=gettext("Make another test set for the other site's rows."),
            )
        test_set.site_id = case.row.site_id
        _add(test_set, case.row.title, case.request, key)
        added += 1
    db.session.flush()
    return added


def add_typed(test_set: PromptTestSet, title: str, values: Mapping[str, str]) -> None:
    """Add a request with these values to the set. Flushes; raises DomainError when they do not make a request."""
    operation = operation_of(test_set.operation)
    request = typed_request(operation, values)
    title = " ".join(title.split())[:NAME_LENGTH]
    first = next((value for value in values.values() if value.strip()), "Own values")
    _add(test_set, title or first[:NAME_LENGTH], request, "")
    db.session.flush()


def typed_request(operation: AnyOperation, values: Mapping[str, str]) -> BaseModel:
    """A request made from typed values: text as it is, all others as JSON; empty ones keep their default."""
    data: dict[str, Any] = {}
    for name, field in operation.request.model_fields.items():
        text = values.get(name, "")
        if not text.strip():
            continue
        if len(text) > TYPED_LENGTH:
            most = local_number(TYPED_LENGTH)
            says = gettext("“%(label)s” is longer than %(most)s characters.", label=_label(name), most=most)
            raise _no_request(says, name)
        data[name] = text if _is_text(field.annotation) else _decode_value(name, text)
    try:
        typed: BaseModel = operation.request.model_validate(data)
    except ValidationError as error:
        raise _misfit(operation.request, error.errors()[0]) from error
    for name, field in operation.request.model_fields.items():
        if field.annotation is int and not LEAST_NUMBER <= getattr(typed, name) <= MOST_NUMBER:
            raise _no_request(_needed(name, field), name)
    return typed


def _misfit(request: type[BaseModel], error: ErrorDetails) -> DomainError:
    """The refusal of a value that the request does not take."""
    name, entry = str(error["loc"][0]), next((part for part in error["loc"][1:] if isinstance(part, int)), None)
    field = request.model_fields[name]
    if error["type"] == "missing":
        return _no_request(gettext("“%(label)s” is needed.", label=_label(name)), name)
    if entry is not None:
        says = gettext("Entry %(number)s of “%(label)s” does not fit.", number=entry + 1, label=_label(name))
        return _no_request(says, name)
    return _no_request(_needed(name, field), name)


def _needed(name: str, field: FieldInfo) -> str:
    """A sentence that says which values a field takes."""
    label, kind = _label(name), field.annotation
    if kind is int:
        limits = {type(limit): limit for limit in field.metadata}
        least = limits[Ge].ge if Ge in limits else LEAST_NUMBER
        most = limits[Le].le if Le in limits else MOST_NUMBER
        numbers = {"least": local_number(least), "most": local_number(most)}
        return gettext("“%(label)s” is a whole number from %(least)s to %(most)s.", label=label, **numbers)
    if get_origin(kind) is list:
        return gettext("“%(label)s” is a list: one entry in a line, or JSON.", label=label)
    if get_origin(kind) is Literal:
        choices = ", ".join(gettext(str(choice)) for choice in get_args(kind))
        return gettext("“%(label)s” is one of these: %(choices)s.", label=label, choices=choices)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        names = ", ".join(kind.model_fields)
        return gettext("“%(label)s” is JSON with these fields: %(names)s.", label=label, names=names)
    return gettext("“%(label)s” cannot be this.", label=label)


def _label(name: str) -> str:
    """What the form calls a field."""
    return gettext(name.replace("_", " ").capitalize())


def _is_text(annotation: Any) -> bool:
    """Whether a field of this type holds text: `str`, a `Literal` of words, or a union with one of these."""
    if get_origin(annotation) in (Union, UnionType):
        return any(_is_text(part) for part in get_args(annotation))
    return annotation is str or get_origin(annotation) is Literal


def _decode_value(name: str, text: str) -> Any:
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half of a pair of signs is no text
        return value
    except (ValueError, RecursionError):
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not lines or text.lstrip()[0] in "[{":
            raise _no_request(gettext("“%(label)s” is no JSON.", label=_label(name)), name) from None
        return lines


def _no_request(says: str, field: str) -> DomainError:
    return DomainError(says, code="VALUES_INVALID", cure=gettext("Correct it."), field=f"field-{field}")


def _add(test_set: PromptTestSet, title: str, request: BaseModel, key: str) -> None:
    if len(test_set.cases) >= MOST_CASES:
        raise DomainError(
            gettext("A test set has at most %(most_cases)s cases.", most_cases=MOST_CASES),
            code="TOO_MANY_CASES",
            cure=gettext("Take some out, or make another."),
        )
    if len(request.model_dump_json()) > CASE_LENGTH:
        raise DomainError(
            gettext("This case is longer than %(case_length)s characters.", case_length=local_number(CASE_LENGTH)),
            code="CASE_TOO_LONG",
            cure=gettext("Shorten it."),
        )
    entry = {"id": uuid.uuid4().hex, "title": title[:300], "request": request.model_dump(mode="json"), "row": key}
    test_set.cases = [*test_set.cases, entry]
    test_set.version += 1


def remove_case(test_set: PromptTestSet, case_id: str) -> str:
    """Remove a case. Returns its title. Flushes; raises NotFound."""
    removed = [case for case in test_set.cases if case["id"] == case_id]
    if not removed:
        raise NotFound(gettext("This case is not in the set any more."))
    test_set.cases = [case for case in test_set.cases if case["id"] != case_id]
    test_set.version += 1
    db.session.flush()
    return str(removed[0]["title"])
