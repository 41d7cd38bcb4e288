"""Conditions: what is read, what is refused, and that SQL decides as a person would."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.automation.conditions import OPERATORS, fitting_ids, read_conditions, verdicts
from app.automation.subjects import SUBJECT_KINDS, follow
from app.core.errors import DomainError
from app.sites.models import Site
from tests.factories.rules import condition
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_task

NUMBERS = {
    "eq": lambda value, other: value == other,
    "ne": lambda value, other: value != other,
    "gt": lambda value, other: value > other,
    "gte": lambda value, other: value >= other,
    "lt": lambda value, other: value < other,
    "lte": lambda value, other: value <= other,
}


def fits(site: Site, kind: str, row_id: int, stored: dict[str, Any]) -> bool:
    """Whether the row fits."""
    return fitting_ids(kind, read_conditions(kind, stored), site.account_id, site.id, [row_id]) == [row_id]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.none(), st.integers(0, 3)), st.sampled_from(sorted(NUMBERS)), st.integers(0, 3))
def test_numbers_are_compared_as_numbers(site: Site, volume: int | None, operator: str, other: int) -> None:
    row = make_keyword(site, volume=volume)
    expected = operator == "ne" if volume is None else NUMBERS[operator](volume, other)
    assert fits(site, "keyword", row.id, condition("volume", operator, str(other))) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("contains", "FRENCH", True),
        ("contains", "%", False),
        ("contains", "_", False),
        ("eq", "French Press", True),
        ("ne", "french press", False),
        ("in", "cold brew, french press", True),
        ("in", ["tea"], False),
    ],
)
def test_texts_are_compared_in_any_case_and_signs_mean_themselves(
    site: Site, operator: str, value: Any, expected: bool
) -> None:
    row = make_keyword(site, "french press")
    assert fits(site, "keyword", row.id, condition("keyword", operator, value)) == expected


def test_groups_of_all_and_any(site: Site) -> None:
    row = make_keyword(site, "press", volume=10, difficulty=30)
    low = {"field": "volume", "operator": "lt", "value": "5"}
    easy = {"field": "difficulty", "operator": "lte", "value": "30"}
    for match, expected in (("all", False), ("any", True)):
        assert (
            fits(site, "keyword", row.id, {"match": "all", "groups": [{"match": match, "conditions": [low, easy]}]})
            == expected
        )
        groups = [{"match": "all", "conditions": [one]} for one in (low, easy)]
        assert fits(site, "keyword", row.id, {"match": match, "groups": groups}) == expected
    assert fits(site, "keyword", row.id, {})


def test_every_field_of_every_kind_can_be_asked(site: Site) -> None:
    cluster = make_cluster(site)
    rows = {
        "keyword": make_keyword(site, cluster_id=cluster.id).id,
        "cluster": cluster.id,
        "idea": make_idea(cluster).id,
        "task": make_task(cluster).id,
        "content": make_content(site).id,
    }
    for kind, row_id in rows.items():
        for field in SUBJECT_KINDS[kind].fields:
            value = field.choices[0][0] if field.choices else "1"
            stored = condition(field.name, "ne", value)
            [verdict] = verdicts(kind, read_conditions(kind, stored), site.account_id, row_id)
            assert verdict.holds == fits(site, kind, row_id, stored)
            assert verdict.words


def test_conditions_on_the_same_field_are_each_tried(site: Site) -> None:
    row = make_keyword(site, volume=500)
    groups = [
        {"match": "all", "conditions": [{"field": "volume", "operator": operator, "value": value}]}
        for operator, value in (("gte", "100"), ("lte", "200"), ("gte", "100"))
    ]
    both = {"match": "all", "conditions": [group["conditions"][0] for group in groups]}
    for stored in ({"match": "any", "groups": groups}, {"match": "any", "groups": [both]}):
        tried = verdicts("keyword", read_conditions("keyword", stored), site.account_id, row.id)
        assert [(one.holds, one.value) for one in tried] == [(True, "500"), (False, "500"), (True, "500")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.from_regex(r"-?[0-9]{1,16}(\.[0-9]{1,7})?(e-?[0-9]{1,12})?", fullmatch=True))
def test_every_number_that_is_taken_can_be_asked(site: Site, value: str) -> None:
    for field in ("volume", "cpc", "age"):
        try:
            conditions = read_conditions("keyword", condition(field, "gte", value))
        except DomainError:
            return
        fitting_ids("keyword", conditions, site.account_id, site.id, [1])


def test_words_and_json_are_of_what_was_read() -> None:
    stored = condition("intent", "in", "informational, local")
    conditions = read_conditions("keyword", stored)
    assert conditions.words() == "Intent is one of “informational”, “local”"
    assert conditions.as_json()["groups"][0]["conditions"][0]["value"] == ["informational", "local"]
    assert read_conditions("keyword", conditions.as_json()) == conditions


@pytest.mark.parametrize(
    "row",
    [
        {"field": "none", "operator": "eq", "value": "1"},
        {"field": "volume", "operator": "contains", "value": "1"},
        {"field": "volume", "operator": "eq", "value": "1e400"},
        {"field": "volume", "operator": "gte", "value": "0e99999999999"},
        {"field": "volume", "operator": "gte", "value": "1e-9999999"},
        {"field": "volume", "operator": "gte", "value": "1e14"},
        {"field": "volume", "operator": "gte", "value": "1_000"},
        {"field": "volume", "operator": "gte", "value": "٣"},
        {"field": "volume", "operator": "in", "value": "1, 1e5"},
        {"field": "volume", "operator": "gte", "value": "1" * 16},
        {"field": "volume", "operator": "eq", "value": "NaN"},
        {"field": "volume", "operator": "eq", "value": "1; drop table keywords"},
        {"field": "volume", "operator": "eq", "value": ""},
        {"field": "intent", "operator": "eq", "value": "other"},
        {"field": "keyword", "operator": "eq", "value": "x" * 301},
        {"field": "keyword", "operator": "eq", "value": "\0"},
        {"field": "keyword", "operator": "in", "value": ",".join("x" * 60)},
        "text",
        None,
    ],
)
def test_what_makes_no_sense_is_refused(row: Any) -> None:
    with pytest.raises(DomainError):
        read_conditions("keyword", {"groups": [{"conditions": [row]}]})


@pytest.mark.parametrize(
    "stored", [{"groups": "x"}, {"groups": [1]}, {"groups": [{}] * 6}, {"groups": [{"conditions": [{}] * 11}]}]
)
def test_other_forms_are_refused(stored: Any) -> None:
    with pytest.raises(DomainError):
        read_conditions("keyword", stored)


def test_rows_of_other_sites_never_fit_and_rows_lead_to_what_came_of_them(site: Site) -> None:
    cluster = make_cluster(site)
    keyword, idea = make_keyword(site, cluster_id=cluster.id), make_idea(cluster)
    task = make_task(cluster, idea_id=idea.id)
    content = make_content(site, task_id=task.id)
    assert follow("keyword", "idea", [keyword.id], site.account_id, since=None) == [idea.id]
    assert follow("idea", "content", [idea.id], site.account_id, since=None) == [content.id]
    assert follow("idea", "content", [idea.id], site.account_id + 1, since=None) == []
    conditions = read_conditions("keyword", {})
    assert fitting_ids("keyword", conditions, site.account_id, site.id + 1, [keyword.id]) == []
    assert set(OPERATORS) == {"eq", "ne", "gt", "gte", "lt", "lte", "in", "contains"}
