"""Rules: checking and storing what a form says, and saying it in words. Services flush; callers commit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.ai.calls.amounts import micros_of
from app.automation.action_kinds import ActionKind, action_kind, checked_parameters
from app.automation.conditions import Conditions, read_conditions
from app.automation.models import AutomationRule
from app.automation.schedules import check_schedule, in_words, next_time
from app.automation.subjects import SUBJECT_KINDS
from app.automation.triggers import SCHEDULE, TRIGGERS
from app.core.blank import visible_line
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError, NotFound
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.publishing.schedule.zones import get_zone

MOST_ACTIONS, MOST_RULES, MOST_A_DAY, MOST_CREDITS, MOST_PLACE = 6, 100, 1_000, 1_000_000, 10_000
MISSED = {"once": N_("Make it up once"), "skip": N_("Skip it")}
OVERLAP = {
    "skip": N_("Skip the new one"),
    "queue": N_("Let it wait"),
    "cancel": N_("Cancel the older one"),
}


@dataclass(frozen=True, slots=True)
class RuleValues:
    """What a form or a flow says of a rule, unchecked. `most_dollars` a day: None leaves what is stored."""

    name: str
    trigger: str
    actions: Sequence[Mapping[str, Any]]
    description: str = ""
    subject_kind: str = ""
    conditions: Mapping[str, Any] = field(default_factory=dict)
    cron: str = ""
    zone: str = "UTC"
    missed: str = "once"
    overlap: str = "queue"
    most_a_day: str = "50"
    most_credits: str = ""
    most_dollars: str | None = None
    place: str = "0"


def rule_of(account_id: int, rule_id: int) -> AutomationRule:
    """The rule of this account; raises NotFound otherwise."""
    rule = db.session.get(AutomationRule, rule_id)
    if rule is None or rule.account_id != account_id:
        raise NotFound()
    return rule


def lock_rule(account_id: int, rule_id: int) -> AutomationRule:
    """The rule, held until the transaction ends; raises NotFound."""
    stmt = select(AutomationRule).where(AutomationRule.id == rule_id, AutomationRule.account_id == account_id)
    rule = db.session.scalar(stmt.with_for_update().execution_options(populate_existing=True))
    if rule is None:
        raise NotFound()
    return rule


def list_rules(site_id: int) -> Sequence[AutomationRule]:
    """The rules of a site in their order."""
    stmt = select(AutomationRule).where(AutomationRule.site_id == site_id)
    return db.session.scalars(stmt.order_by(AutomationRule.place, AutomationRule.id).limit(MOST_RULES)).all()


def checked_values(account_id: int, values: RuleValues) -> dict[str, Any]:
    """The columns of a rule with these values. Raises DomainError with the field that is wrong."""
    trigger = TRIGGERS.get(values.trigger)
    if trigger is None:
        raise DomainError(gettext("Choose what sets the rule off."), code="TRIGGER_UNKNOWN", field="trigger")
    kinds = kinds_of(account_id, values.actions)
    subject_kind = trigger.subject_kind or _chosen_kind(values.subject_kind, kinds)
    for kind in kinds:
        _check_takes(kind, subject_kind)
    get_zone(values.zone)
    most_micros(values)
    is_scheduled = values.trigger == SCHEDULE
    return {
        "name": _text(values.name, "name", 1, 120),
        "description": _text(values.description, "description", 0, 2_000),
        "trigger": values.trigger,
        "subject_kind": subject_kind,
        "conditions": read_conditions(subject_kind, values.conditions).as_json(),
        "actions": [
            {"kind": kind.name, "parameters": checked_parameters(kind, given.get("parameters") or {})}
            for kind, given in zip(kinds, values.actions, strict=True)
        ],
        "cron": check_schedule(values.cron, values.zone, utcnow()) if is_scheduled else "",
        "zone": values.zone,
        "missed": _one_of(MISSED, values.missed or "once", "missed"),
        "overlap": _one_of(OVERLAP, values.overlap or "queue", "overlap"),
        "most_a_day": _number(values.most_a_day, "most_a_day", 1, MOST_A_DAY),
        "most_credits": _number(values.most_credits, "most_credits", 0, MOST_CREDITS) if values.most_credits else None,
        "place": _number(values.place or "0", "place", 0, MOST_PLACE),
    }


def most_micros(values: RuleValues) -> int | None:
    """What models may cost a day for the rule, in millionths of a dollar; None for no cap. Raises DomainError."""
    try:
        return micros_of(values.most_dollars or "")
    except ValueError:
        message = gettext("Write an amount of dollars, such as 5 or 0.50, or leave it empty.")
        raise DomainError(message, code="FIELD_INVALID", field="most_dollars") from None


def kinds_of(account_id: int, actions: Sequence[Mapping[str, Any]]) -> list[ActionKind]:
    """The kinds of these actions. Raises DomainError for none, too many, or one that is not there."""
    if not 0 < len(actions) <= MOST_ACTIONS:
        raise DomainError(
            gettext("A rule has 1 to %(most)s actions.", most=MOST_ACTIONS), code="NO_ACTION", field="actions"
        )
    return [action_kind(account_id, str(one.get("kind"))) for one in actions]


def _one_of(choices: Collection[str], chosen: str, name: str) -> str:
    if chosen not in choices:
        raise DomainError(gettext("Choose one of these."), code="CHOICE_UNKNOWN", field=name)
    return chosen


def _chosen_kind(chosen: str, kinds: Sequence[ActionKind]) -> str:
    return chosen if chosen in SUBJECT_KINDS and kinds[0].takes_of(chosen) else kinds[0].takes[0]


def _check_takes(kind: ActionKind, subject_kind: str) -> None:
    if kind.takes_of(subject_kind) is None:
        raise DomainError(
            why_it_does_not_fit(kind, subject_kind),
            code="ACTION_DOES_NOT_FIT",
            field="actions",
            cure=gettext("Choose another action, or another trigger."),
        )


def why_it_does_not_fit(kind: ActionKind, subject_kind: str) -> str:
    """Why rules about these rows cannot have an action of this kind, which takes none that come of them."""
    return gettext(
        "“%(action)s” does not fit: it works on %(taken)s, and no %(taken)s come of the %(rows)s of this rule.",
        action=gettext(kind.label),
        taken=gettext(SUBJECT_KINDS[kind.takes[0]].many),
        rows=gettext(SUBJECT_KINDS[subject_kind].many),
    )


def _text(text: str, name: str, least: int, most: int) -> str:
    bare = text.replace("\0", "")
    clean = visible_line(bare) if name == "name" else bare.strip()
    if not least <= len(clean) <= most:
        raise DomainError(
            gettext("Give it a name of 1 to %(most)s characters.", most=most)
            if name == "name"
            else gettext("This has more than %(most)s characters.", most=most),
            code="FIELD_INVALID",
            field=name,
        )
    return clean


def _number(text: str, name: str, least: int, most: int) -> int:
    value = text.strip()
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise DomainError(
            gettext("Give a number from %(least)s to %(most)s.", least=least, most=most),
            code="FIELD_INVALID",
            field=name,
        )
    return int(value)


def store_rule(
    account_id: int, site_id: int, values: Mapping[str, Any], rule: AutomationRule | None, *, seen: int = 0
) -> AutomationRule:
    """Make a rule of checked values, or change one that was seen as version `seen`. Raises Conflict, DomainError."""
    if rule is None:
        if len(list_rules(site_id)) >= MOST_RULES:
            raise DomainError(
                gettext("A site has at most %(most)s rules.", most=MOST_RULES),
                code="TOO_MANY_RULES",
                cure=gettext("Delete one that is not needed."),
            )
        rule = AutomationRule(account_id=account_id, site_id=site_id)
        db.session.add(rule)
    elif rule.version != seen:
        raise Conflict(
            gettext("Somebody changed this rule after you opened the page. Nothing was changed."),
            code="RULE_CHANGED",
            cure=gettext("Look at what is there now, then save again."),
        )
    else:
        rule.version += 1
    for name, value in values.items():
        setattr(rule, name, value)
    plan_next(rule)
    db.session.flush()
    return rule


def plan_next(rule: AutomationRule) -> None:
    """Set when the rule is due next: from now on, and never while it is off."""
    is_due = rule.is_active and rule.trigger == SCHEDULE
    rule.next_at = next_time(rule.cron, rule.zone, utcnow()) if is_due else None


def set_rule_active(rule: AutomationRule, active: bool) -> bool:
    """Switch a rule. Returns whether that changed it. On, it begins anew: its failures are forgotten. Flushes."""
    if rule.is_active == active:
        return False
    rule.is_active, rule.switched_at = active, utcnow()
    if active:
        rule.failures_in_row, rule.off_reason = 0, ""
    plan_next(rule)
    db.session.flush()
    return True


def conditions_of(rule: AutomationRule) -> Conditions:
    """The conditions of a stored rule. Raises DomainError where a field is there no more."""
    return read_conditions(rule.subject_kind, rule.conditions)


def sentence_of(account_id: int, values: Mapping[str, Any], *, parts: int = 3) -> str:
    """A rule in words: when, if, then; only the first `parts` of one that is being made. `values` are its columns."""
    trigger = TRIGGERS[values["trigger"]]
    when = in_words(values["cron"], values["zone"]) if values["trigger"] == SCHEDULE else gettext(trigger.when)
    conditions = read_conditions(values["subject_kind"], values["conditions"]).words() if parts > 1 else ""
    if conditions:
        rows = gettext(SUBJECT_KINDS[values["subject_kind"]].many)
        when = gettext("%(when)s, for %(rows)s where %(conditions)s", when=when, rows=rows, conditions=conditions)
    if parts < 3:
        return gettext("%(when)s …", when=when)
    then = gettext(", then ").join(_action_words(account_id, action) for action in values["actions"])
    return gettext("%(when)s: %(then)s.", when=when, then=then)


def _action_words(account_id: int, action: Mapping[str, Any]) -> str:
    kind = action_kind(account_id, str(action["kind"]))
    most = (action.get("parameters") or {}).get("most")
    label = gettext(kind.label)
    label = label[:1].lower() + label[1:]
    return gettext("%(action)s (at most %(most)s)", action=label, most=most) if most else label


def columns_of(rule: AutomationRule) -> dict[str, Any]:
    """The columns of a rule that say what it does."""
    names = ("trigger", "subject_kind", "conditions", "actions", "cron", "zone")
    return {name: getattr(rule, name) for name in names}


def why_it_cannot_run(rule: AutomationRule) -> str:
    """Why a stored rule can do nothing: a part of it is switched off, or there no more. Empty where it can."""
    try:
        kinds_of(rule.account_id, rule.actions)
        conditions_of(rule)
    except DomainError as error:
        return error.message
    return ""


def rule_words(rule: AutomationRule) -> str:
    """A stored rule in words; where a part of it is there no more, that."""
    try:
        return sentence_of(rule.account_id, columns_of(rule))
    except DomainError as error:
        return f"{error.message} {error.cure}".strip()
