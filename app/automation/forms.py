"""What the form of a rule sends, read into values of a rule; and the choices that the form shows.

The form shows itself again when something is chosen that changes what else there is to choose, so that it works without
scripts too: the button `change` says what to add or take away.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.ai.calls.amounts import dollars_of
from app.automation.action_kinds import ActionKind, action_kinds, known_action_kinds
from app.automation.conditions import BY_TYPE, MOST_CONDITIONS, MOST_GROUPS, OPERATORS
from app.automation.models import AutomationRule
from app.automation.rules import MOST_ACTIONS, RuleValues, why_it_does_not_fit
from app.automation.spending import cap_of_rule
from app.automation.subjects import SUBJECT_KINDS, TEXT, field_of
from app.automation.triggers import SCHEDULE, TRIGGERS
from app.core.languages import N_, gettext

PRESETS = (
    ("0 */3 * * *", N_("Every 3 hours")),
    ("0 */6 * * *", N_("Every 6 hours")),
    ("0 */12 * * *", N_("Every 12 hours")),
    ("0 6 * * *", N_("Each day at 6 in the morning")),
    ("0 6 * * MON,TUE,WED,THU,FRI", N_("On working days at 6 in the morning")),
    ("0 6 * * MON", N_("On Mondays at 6 in the morning")),
    ("0 6 1 * *", N_("On the first of the month at 6 in the morning")),
)
TEXTS = ("name", "description", "trigger", "subject_kind", "cron", "zone", "missed", "overlap")
NUMBERS = ("most_a_day", "most_credits", "place")
_CHANGE = re.compile(r"(add|remove)-(condition|group|action)(?:-(\d))?(?:-(\d{1,2}))?")


_GONE = N_("Not there any more")


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """The kinds of action that an account's rules can have, and with them those whose modules are switched off."""

    on: Mapping[str, ActionKind]
    known: Mapping[str, ActionKind]


def action_choice(account_id: int) -> ActionChoice:
    """What there is to choose from in this account."""
    return ActionChoice(action_kinds(account_id), known_action_kinds(account_id))


def new_rule_values(zone: str) -> RuleValues:
    """What the form of a new rule shows at first."""
    return RuleValues(
        name="",
        trigger="keyword_added",
        actions=[{"kind": "cluster_keywords", "parameters": {}}],
        cron=PRESETS[1][0],
        zone=zone,
    )


def values_of_rule(rule: AutomationRule) -> RuleValues:
    """What the form of a stored rule shows at first."""
    numbers = {name: "" if getattr(rule, name) is None else str(getattr(rule, name)) for name in NUMBERS}
    texts = {name: getattr(rule, name) for name in TEXTS}
    dollars = dollars_of(cap_of_rule(rule))
    return RuleValues(**texts, **numbers, most_dollars=dollars, conditions=rule.conditions, actions=rule.actions)


def copied_values(rule: AutomationRule) -> RuleValues:
    """What the form of a new rule shows at first that is to be like another."""
    name = gettext(rule.name) if rule.flow else rule.name
    copy = gettext("Copy of %(name)s", name=name)
    return replace(values_of_rule(rule), name=copy[:120], description=rule.description)


def read_form(form: MultiDict[str, str]) -> RuleValues:
    """What was sent, with the change that its button asks for."""
    texts = {name: _line(form, name) for name in (*TEXTS, *NUMBERS)}
    is_typed = texts["cron"] != form.get("cron_was", texts["cron"])
    if form.get("preset") in dict(PRESETS) and not is_typed:
        texts["cron"] = form["preset"]
    dollars = _line(form, "most_dollars") if "most_dollars" in form else None
    values = RuleValues(**texts, most_dollars=dollars, conditions=_conditions(form), actions=_actions(form))
    return _changed(values, form.get("change", ""))


def _line(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\0", "").strip()


def _conditions(form: Mapping[str, str]) -> dict[str, Any]:
    groups = []
    for group in range(MOST_GROUPS):
        if f"g{group}-match" not in form:
            break
        rows = [_condition(form, group, row) for row in range(MOST_CONDITIONS) if f"c{group}-{row}-field" in form]
        groups.append({"match": _line(form, f"g{group}-match"), "conditions": rows})
    return {"match": _line(form, "match"), "groups": groups}


def _condition(form: Mapping[str, str], group: int, row: int) -> dict[str, str]:
    return {name: _line(form, f"c{group}-{row}-{name}") for name in ("field", "operator", "value")}


def _actions(form: Mapping[str, str]) -> list[dict[str, Any]]:
    actions = []
    for number in range(MOST_ACTIONS):
        if f"a{number}-kind" not in form:
            break
        prefix = f"a{number}-p-"
        given = {name.removeprefix(prefix): _line(form, name) for name in form if name.startswith(prefix)}
        actions.append({"kind": _line(form, f"a{number}-kind"), "parameters": given})
    return actions


def _changed(values: RuleValues, change: str) -> RuleValues:
    """The values with something added or taken away, as the button says."""
    match = _CHANGE.fullmatch(change)
    if match is None:
        return values
    verb, what, first, second = match.groups()
    place, row = int(first or 0), int(second or 0)
    if what == "action":
        return replace(values, actions=_changed_list(values.actions, verb, place, {"kind": "", "parameters": {}}))
    groups = list(values.conditions.get("groups") or [])
    if what == "group":
        groups = _changed_list(groups, verb, place, {"match": "all", "conditions": [_NEW_CONDITION]})
    elif place < len(groups):
        rows = _changed_list(groups[place]["conditions"], verb, row, _NEW_CONDITION)
        groups[place] = {**groups[place], "conditions": rows}
    return replace(values, conditions={**values.conditions, "groups": groups})


_NEW_CONDITION = {"field": "", "operator": "", "value": ""}


def _changed_list(rows: Sequence[Any], verb: str, place: int, new: Any) -> list[Any]:
    return [*rows, new] if verb == "add" else [row for number, row in enumerate(rows) if number != place]


def subject_kind_of(values: RuleValues, kinds: Mapping[str, ActionKind]) -> str:
    """What kind of rows a rule with these unchecked values is about."""
    trigger = TRIGGERS.get(values.trigger, TRIGGERS[SCHEDULE])
    if trigger.subject_kind:
        return trigger.subject_kind
    first = kinds.get(str(values.actions[0].get("kind"))) if values.actions else None
    if first is None:
        return "keyword"
    return values.subject_kind if values.subject_kind in first.takes else first.takes[0]


def shown_conditions(subject_kind: str, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups of conditions as the form shows them, with the choices of each row.

    A field that these rows do not have stays as it is, and says so: what a person asked for becomes nothing else.
    """
    return [
        {**group, "conditions": [_shown_condition(subject_kind, row) for row in group.get("conditions") or []]}
        for group in stored.get("groups") or []
    ]


def _shown_condition(subject_kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    name, fields = str(row.get("field") or ""), SUBJECT_KINDS[subject_kind].fields
    field = field_of(subject_kind, name) if name else fields[0]
    choices = [(one.name, gettext(one.label)) for one in fields]
    if field is None:
        field = next(filter(None, (field_of(kind, name) for kind in SUBJECT_KINDS)), None)
        label = gettext("%(field)s (not of these rows)", field=gettext(field.label)) if field else gettext(_GONE)
        choices.insert(0, (name, label))
    value_type = field.type if field else TEXT
    operators = BY_TYPE[value_type]
    operator = row.get("operator") if row.get("operator") in operators else operators[0]
    value = row.get("value")
    return {
        "field": name or fields[0].name,
        "fields": choices,
        "type": value_type,
        "operator": operator,
        "value": ", ".join(value) if isinstance(value, list) else value or "",
        "operators": [(name, gettext(OPERATORS[name])) for name in operators],
        "choices": [(key, gettext(label)) for key, label in field.choices] if field and operator != "in" else [],
    }


def shown_actions(kinds: ActionChoice, subject_kind: str, actions: Sequence[Any]) -> list[dict[str, Any]]:
    """The actions as the form shows them: each with its kinds to choose from, and its settings.

    One that does not fit the rows, whose module is switched off, or that is not there any more, stays as it is, and
    says so: what a person chose becomes nothing else.
    """
    offered = [(kind.name, gettext(kind.label)) for kind in kinds.on.values() if kind.takes_of(subject_kind)]
    return [_shown_action(kinds, offered, subject_kind, action) for action in actions]


def _shown_action(
    kinds: ActionChoice, offered: Sequence[tuple[str, str]], subject_kind: str, action: Mapping[str, Any]
) -> dict[str, Any]:
    chosen, problem = str(action.get("kind") or ""), ""
    if chosen and chosen not in kinds.known:
        offered = [(chosen, gettext(_GONE)), *offered]
    elif chosen and chosen not in kinds.on:
        label = gettext("%(action)s (switched off)", action=gettext(kinds.known[chosen].label))
        offered = [(chosen, label), *offered]
    elif chosen and chosen not in dict(offered):
        label = gettext("%(action)s (does not fit)", action=gettext(kinds.known[chosen].label))
        offered, problem = [(chosen, label), *offered], why_it_does_not_fit(kinds.known[chosen], subject_kind)
    elif not chosen:
        chosen = offered[0][0] if offered else ""
    given = action.get("parameters") or {}
    settings = kinds.known[chosen].all_parameters if chosen in kinds.known else ()
    return {
        "kind": chosen,
        "kinds": offered,
        "problem": problem,
        "parameters": [(one, given.get(one.name, one.default)) for one in settings],
    }


def completed(values: RuleValues, kinds: ActionChoice) -> RuleValues:
    """The values as the form shows them, with what nobody has chosen yet filled in by its first choice.

    Only for what is shown: what is saved is what was sent, or nothing.
    """
    values = values if values.trigger in TRIGGERS else replace(values, trigger=SCHEDULE)
    subject_kind = subject_kind_of(values, kinds.known)
    groups = [
        {**group, "conditions": [_plain(row) for row in group["conditions"]]}
        for group in shown_conditions(subject_kind, values.conditions)
    ]
    actions = [
        {**one, "kind": shown["kind"]}
        for one, shown in zip(values.actions, shown_actions(kinds, subject_kind, values.actions), strict=True)
    ]
    conditions = {**values.conditions, "groups": groups}
    return replace(values, subject_kind=subject_kind, conditions=conditions, actions=actions)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("field", "operator", "value")}
