"""Autopilot: how many drafts a week on which days, with human review or without, under a cap. It writes the rules.

Its rules are ordinary ones, named by their flow: keywords are clustered and ideas found as they come, drafts are
written on the chosen days, and what is written gets images and, without review, its time of publishing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.ai import gateway
from app.ai.tasks.image import IMAGE
from app.automation.action_kinds import action_kinds, known_action_kinds
from app.automation.models import AutomationRule, Autopilot
from app.automation.occurrences import waiting_subjects
from app.automation.rules import RuleValues, checked_values, set_rule_active, store_rule, why_it_cannot_run
from app.automation.schedules import WEEKDAYS
from app.automation.spending import AUTOPILOT
from app.automation.triggers import SCHEDULE
from app.core.clock import utcnow
from app.core.errors import Conflict, DomainError
from app.core.extensions import db
from app.core.languages import N_, gettext
from app.planner.models import Cluster, Idea
from app.sites.models import Site

MOST_A_WEEK, MOST_CREDITS = 70, 1_000_000
HOUR = 6


def autopilot_of_site(site: Site) -> Autopilot:
    """The settings of a site's autopilot, made when there are none yet; off at first. Flushes."""
    values = {"account_id": site.account_id, "site_id": site.id, "days": [0, 2, 4], "is_on": False}
    now = {"created_at": utcnow(), "updated_at": utcnow()}
    rest = {"drafts_a_week": 3, "has_review": True, "spent": 0, "version": 1}
    db.session.execute(insert(Autopilot).values(**values, **now, **rest).on_conflict_do_nothing())
    return db.session.scalars(select(Autopilot).where(Autopilot.site_id == site.id)).one()


def shown_autopilot(site: Site) -> Autopilot:
    """The settings of a site's autopilot, or the first ones where nobody has saved any; nothing is written."""
    pilot = db.session.scalar(select(Autopilot).where(Autopilot.site_id == site.id))
    if pilot is not None:
        return pilot
    return Autopilot(
        account_id=site.account_id,
        site_id=site.id,
        is_on=False,
        drafts_a_week=3,
        days=[0, 2, 4],
        has_review=True,
        month_credits=None,
        spent=0,
        version=1,
    )


def save_autopilot(site: Site, values: Mapping[str, Any], *, seen: int) -> Autopilot:
    """Keep the settings and write the rules that they mean. Flushes.

    `values`: is_on, drafts_a_week, days (numbers, Monday is 0), has_review, month_credits (text, "" without a cap).
    Raises DomainError with the field that is wrong, Conflict when somebody saved since.
    """
    pilot = autopilot_of_site(site)
    db.session.refresh(pilot, with_for_update=True)
    if pilot.version != seen:
        raise Conflict(
            gettext("Somebody changed this after you opened the page. Nothing was changed."),
            code="AUTOPILOT_CHANGED",
            cure=gettext("Look at what is there now, then save again."),
        )
    for name, value in _checked(values).items():
        setattr(pilot, name, value)
    pilot.version += 1
    db.session.flush()
    _write_rules(site, pilot)
    return pilot


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    days = sorted({day for day in values["days"] if day in range(7)})
    if values["is_on"] and not days:
        raise DomainError(gettext("Choose at least one day."), code="NO_DAY", field="days")
    cap = str(values["month_credits"]).strip()
    return {
        "is_on": bool(values["is_on"]),
        "days": days,
        "has_review": bool(values["has_review"]),
        "drafts_a_week": _whole_number(str(values["drafts_a_week"]), "drafts_a_week", 1, MOST_A_WEEK),
        "month_credits": _whole_number(cap, "month_credits", 0, MOST_CREDITS) if cap else None,
    }


def _whole_number(text: str, name: str, least: int, most: int) -> int:
    value = text.strip()
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        message = gettext("Give a number from %(least)s to %(most)s.", least=least, most=most)
        raise DomainError(message, code="FIELD_INVALID", field=name)
    return int(value)


def rules_of_autopilot(site: Site, pilot: Autopilot) -> dict[str, RuleValues]:
    """The rules that these settings mean, by flow, for the actions that the account has."""
    finishing = _finishing_actions(site.account_id) + ([] if pilot.has_review else ["schedule"])
    rules = {
        "keywords": _rule(N_("Autopilot: cluster new keywords"), "keyword_added", ["cluster_keywords"], site),
        "ideas": _rule(
            N_("Autopilot: find ideas for new clusters"), "cluster_created", ["generate_ideas"], site, takes_all=False
        ),
        **{f"drafts-{n}": rule for n, rule in enumerate(_writing_rules(site, pilot))},
        "finish": _rule(N_("Autopilot: finish new drafts"), "content_generated", finishing, site),
    }
    return {f"{AUTOPILOT}-{key}": values for key, values in rules.items() if values.actions}


def what_does_not_run(site: Site, pilot: Autopilot) -> list[str]:
    """What of an autopilot that is on does not run, and why: sentences in the current language."""
    if not pilot.is_on:
        return []
    if not site.is_active:
        return [gettext("The site is switched off, so nothing of it runs.")]
    mine = (AutomationRule.site_id == site.id, AutomationRule.flow.like(f"{AUTOPILOT}-%"))
    present = {rule.flow: rule for rule in db.session.scalars(select(AutomationRule).where(*mine))}
    wanted = rules_of_autopilot(site, pilot).items()
    return [said for flow, values in wanted if (said := _why_not(present.get(flow), gettext(values.name)))]


def what_is_missing(site: Site, pilot: Autopilot) -> tuple[str, str] | None:
    """That an autopilot that is on has nothing to write from, where that is so, and the endpoint where one mends it."""
    mine = (AutomationRule.site_id == site.id, AutomationRule.flow.like(f"{AUTOPILOT}-drafts-%"))
    rule = db.session.scalar(select(AutomationRule).where(*mine, AutomationRule.is_active).limit(1))
    if not pilot.is_on or rule is None or why_it_cannot_run(rule) or waiting_subjects(rule, 1):
        return None
    has_ideas = select(Idea.id).where(Idea.cluster_id == Cluster.id).exists()
    if db.session.scalar(select(Cluster.id).where(Cluster.site_id == site.id, ~has_ideas).limit(1)) is not None:
        return gettext("No idea waits to be written. Find ideas for clusters that have none."), "planner.clusters"
    return gettext(
        "No idea waits to be written. Add keywords: clusters and ideas are made of them."
    ), "planner.keywords"


def _why_not(rule: AutomationRule | None, name: str) -> str:
    if rule is None:
        return gettext("“%(name)s” is not there: it was deleted, or what it needs was off.", name=name)
    if not rule.is_active:
        return gettext("“%(name)s” is off.", name=name)
    why = why_it_cannot_run(rule)
    return gettext("“%(name)s” cannot run: %(why)s", name=name, why=why) if why else ""


def _finishing_actions(account_id: int) -> list[str]:
    """What a new draft gets, as far as the account has it: links, better words, and images where a model draws."""
    names = ["link_content", "optimize_content"]
    if gateway.has_model(account_id, IMAGE.key):
        names.append("generate_images")
    offered = action_kinds(account_id)
    return [name for name in names if name in offered]


def _rule(
    name: str, trigger: str, actions: Sequence[str], site: Site, *, takes_all: bool = True, **more: Any
) -> RuleValues:
    """A rule about what comes. What it does not take would not come again, so it takes all unless that costs much."""
    kinds = known_action_kinds(site.account_id)
    given = [{"kind": kind, "parameters": {"most": str(kinds[kind].at_once)} if takes_all else {}} for kind in actions]
    return RuleValues(name=name, trigger=trigger, actions=given, zone=site.time_zone, most_a_day="200", **more)


def drafts_by_day(drafts: int, days: Sequence[int]) -> dict[int, int]:
    """How many drafts of a week each of its days gets: as even as can be, the first days the most. Pure."""
    each, rest = divmod(drafts, len(days))
    return {day: each + (number < rest) for number, day in enumerate(days) if each + (number < rest)}


def _writing_rules(site: Site, pilot: Autopilot) -> list[RuleValues]:
    """One rule for the days that get as many drafts each: at most two."""
    by_count: dict[int, list[int]] = {}
    for day, count in drafts_by_day(pilot.drafts_a_week, pilot.days or [0]).items():
        by_count.setdefault(count, []).append(day)
    return [_writing_rule(site, count, days) for count, days in sorted(by_count.items(), reverse=True)]


def _writing_rule(site: Site, count: int, days: Sequence[int]) -> RuleValues:
    return RuleValues(
        name=N_("Autopilot: write drafts"),
        trigger=SCHEDULE,
        subject_kind="idea",
        actions=[{"kind": "generate_content", "parameters": {"most": str(count)}}],
        cron=f"0 {HOUR} * * {','.join(WEEKDAYS[day] for day in days)}",
        zone=site.time_zone,
        overlap="skip",
    )


def _write_rules(site: Site, pilot: Autopilot) -> None:
    """Make and change its rules so that they are as the settings say, and switch off or delete the others."""
    mine = (AutomationRule.site_id == site.id, AutomationRule.flow.like(f"{AUTOPILOT}-%"))
    present = {rule.flow: rule for rule in db.session.scalars(select(AutomationRule).where(*mine).with_for_update())}
    wanted = rules_of_autopilot(site, pilot) if pilot.is_on else {}
    for flow, values in wanted.items():
        rule = present.pop(flow, None)
        columns = {**checked_values(site.account_id, values), "flow": flow}
        rule = store_rule(site.account_id, site.id, columns, rule, seen=rule.version if rule else 0)
        set_rule_active(rule, True)
    for rule in present.values():
        set_rule_active(rule, False)
