"""Terms: found by slug or name, made below their parent, or replaced by the site's fallback."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, payload, term


@pytest.fixture(autouse=True)
def untouched_settings(site: Site) -> Iterator[None]:
    yield
    site.forget_settings()


def tree(site: Site, name: str, taxonomy: str = "category") -> list[str | None]:
    """Return the names of the parents of all terms of a name."""
    rows = site.sql(
        "SELECT COALESCE(p.name, '-') AS parent FROM wp_terms t JOIN wp_term_taxonomy x USING (term_id) "
        f"LEFT JOIN wp_terms p ON p.term_id = x.parent WHERE t.name = '{name}' AND x.taxonomy = '{taxonomy}' "
        "ORDER BY t.term_id"
    )
    return [row["parent"] for row in rows]


def report(client: PluginClient, *terms: dict[str, Any], taxonomy: str = "category") -> Any:
    return client.publish(payload(terms=list(terms))).result["terms"][taxonomy]


def test_a_child_is_made_below_its_parent_whatever_their_order(site: Site, client: PluginClient) -> None:
    top, middle, leaf = fresh_id("Top"), fresh_id("Middle"), fresh_id("Leaf")
    terms = [term(leaf, ref="3", parent="2"), term(middle, ref="2", parent="1"), term(top, ref="1")]
    found = report(client, *terms)
    assert found["created"] == [top, middle, leaf]
    assert (tree(site, leaf), tree(site, middle), tree(site, top)) == ([middle], [top], ["-"])
    again = report(client, *terms)
    assert (again["created"], again["existing"]) == ([], [top, middle, leaf])


def test_a_path_of_names_is_made_but_only_the_term_is_assigned(site: Site, client: PluginClient) -> None:
    top, middle, leaf, other = (fresh_id(name) for name in ("Top", "Middle", "Leaf", "Other"))
    terms = [term(leaf, parent=[top, middle]), term(other, parent=[top.upper(), middle])]
    result = client.publish(payload(terms=terms)).result
    assert site.term_names(result["post_id"], "category") == sorted([leaf, other])
    assert result["terms"]["category"]["requested"] == [leaf, other]
    assert result["terms"]["category"]["created"] == [top, middle, leaf, other]
    assert (tree(site, leaf), tree(site, other), tree(site, middle)) == ([middle], [middle], [top])


def test_the_same_name_below_another_parent_is_another_term(site: Site, client: PluginClient) -> None:
    name, one, two = fresh_id("Filters"), fresh_id("Coffee"), fresh_id("Cars")
    first = report(client, term(name, parent=[one]))["assigned"][0]
    second = report(client, term(name, parent=[two]))["assigned"][0]
    assert first["term_id"] != second["term_id"]
    assert tree(site, name) == [one, two]
    assert report(client, term(name.upper(), parent=[two]))["assigned"][0]["term_id"] == second["term_id"]
    # Without a parent any will do, and the oldest is taken.
    assert report(client, term(name))["assigned"][0]["term_id"] == first["term_id"]


def test_a_term_at_the_root_is_not_doubled_by_a_parent_that_comes_later(client: PluginClient) -> None:
    name = fresh_id("Roots")
    first = report(client, term(name))["assigned"][0]
    found = report(client, term(name, parent=[fresh_id("Above")]))
    assert (found["existing"], found["assigned"][0]["term_id"]) == ([name], first["term_id"])


def test_a_parent_that_is_not_there_or_goes_in_circles_is_a_problem(client: PluginClient) -> None:
    loop = [term("A", ref="1", parent="2"), term("B", ref="2", parent="1")]
    for terms in ([term("A", parent="99")], loop, [term("A", ref="1", parent="1")]):
        problems = client.post(payload(terms=terms), "preflight").error["details"]["problems"]
        assert {problem["code"] for problem in problems} == {"TERM_PARENT_UNKNOWN"}
        assert len(problems) == len(terms)


def test_a_tag_has_no_parent(site: Site, client: PluginClient) -> None:
    leaf = fresh_id("leaf")
    report(client, term(leaf, "post_tag", parent=[fresh_id("top")]), taxonomy="post_tag")
    assert tree(site, leaf, "post_tag") == ["-"]


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        ("Über uns %s", "U\u0308BER  UNS %s"),
        ("Crème Brûlée %s", "Creme  brulee %s"),
        ("Well known %s", "well-known %s"),
        ("R&D %s", "r&amp;d %s"),
        ("日本語 %s", "日本語 %s"),
    ],
)
def test_one_name_written_in_two_ways_is_one_term(client: PluginClient, made: str, asked: str) -> None:
    number = fresh_id("n")
    first = report(client, term(made % number, "post_tag"), taxonomy="post_tag")["assigned"][0]
    found = report(client, term(asked % number, "post_tag"), taxonomy="post_tag")
    assert (found["created"], found["assigned"][0]["term_id"]) == ([], first["term_id"])


@pytest.mark.parametrize("taxonomy", ["category", "post_tag"])
def test_names_that_differ_in_signs_are_different_terms(client: PluginClient, taxonomy: str) -> None:
    number = fresh_id("n")
    names = [f"{number} {name}" for name in ("C++", "C", "C#", "R&D", "R D", ".NET", "NET", "A+", "A")]
    # As the app sends them: with the slug that it made of the name, and a number where another one has it.
    sent = [term(name, taxonomy, slug=re.sub(r"\W+", "-", name.lower()).strip("-")) for name in names]
    first = report(client, *sent, taxonomy=taxonomy)
    assert (first["created"], first["existing"]) == (names, [])
    ids = [one["term_id"] for one in first["assigned"]]
    assert len(set(ids)) == len(names)
    assert [one["slug"].removeprefix(number) for one in first["assigned"]] == [
        "-c",
        "-c-2",
        "-c-3",
        "-r-d",
        "-r-d-2",
        "-net",
        "-net-2",
        "-a",
        "-a-2",
    ]
    for asked in (names, [name.lower() for name in names]):
        again = report(client, *(term(name, taxonomy) for name in asked), taxonomy=taxonomy)
        assert ([one["term_id"] for one in again["assigned"]], again["created"]) == (ids, [])
    by_slug = report(client, term("", taxonomy, slug=f"{number}-c-2"), taxonomy=taxonomy)
    assert by_slug["assigned"][0]["term_id"] == ids[1]


@pytest.mark.parametrize(
    "names",
    [
        ["%sO'Neil", "%sONeil", "%sO\\Neil"],
        ["%s C:\\x", "%s Cx", '%s "Cx"', "%s \\\\Cx"],
        ["%s AB", "%s AB-", "%s AB--", "%s AB_"],
        ["18%s", "-18%s", "18%s-"],
    ],
)
@pytest.mark.parametrize("status", ["publish", "draft"])
def test_quotes_backslashes_and_hyphens_at_the_ends_make_terms_of_their_own(
    site: Site, client: PluginClient, names: list[str], status: str
) -> None:
    number = fresh_id("n")
    names = [name % number for name in names]
    body = payload(terms=[term(name, "post_tag") for name in names])
    first = client.publish(body).result
    assert first["terms"]["post_tag"]["created"] == names
    assert sorted(map(str, site.term_names(first["post_id"], "post_tag"))) == sorted(names)
    # In another order, with another text, and on a post that WordPress has as a draft by now.
    site.sql(f"UPDATE wp_posts SET post_status = '{status}' WHERE ID = {first['post_id']}")
    terms = [term(name, "post_tag") for name in reversed(names)]
    again = client.publish(payload(body["content_id"], terms=terms, post={"content": "<p>Other text.</p>"})).result
    assert (again["terms"]["post_tag"]["created"], again["post_id"]) == ([], first["post_id"])
    assert sorted(map(str, site.term_names(first["post_id"], "post_tag"))) == sorted(names)
    for name, known in zip(names, first["terms"]["post_tag"]["assigned"], strict=True):
        alone = report(client, term(name, "post_tag"), taxonomy="post_tag")
        assert (alone["created"], alone["assigned"][0]["term_id"]) == ([], known["term_id"])


def test_names_of_signs_alone_are_terms_of_their_own(client: PluginClient) -> None:
    names = ["+", "++", "🔥"]
    first = report(client, *(term(name, "post_tag") for name in names), taxonomy="post_tag")
    # WordPress made the slug of “+” of its id, which is no name.
    number = report(client, term(first["assigned"][0]["slug"], "post_tag"), taxonomy="post_tag")
    assert len(number["created"]) == 1
    again = report(client, *(term(name, "post_tag") for name in names), taxonomy="post_tag")
    ids = [one["term_id"] for one in first["assigned"]]
    assert (len(set(ids)), again["created"]) == (3, [])
    assert [one["term_id"] for one in again["assigned"]] == ids


def test_a_cluster_with_a_quote_in_its_name_gets_its_new_name(site: Site, client: PluginClient) -> None:
    cluster = {"id": fresh_id("c"), "name": "O'Neil \\ sons"}
    relations = {"cluster": cluster, "sector": None, "keyword_ids": []}
    for name in ("O'Neil \\ sons", "O'Neil \\ daughters"):
        cluster["name"] = name
        post_id = client.publish(payload(relations=relations)).result["post_id"]
        assert site.term_names(post_id, "igny8_cluster") == [name]


@pytest.mark.parametrize("slug", ["CREME_Brulee-%s", "creme-brulee-%s", "Cre\u0300me Brûlée %s", "crème-brûlée-%s"])
def test_one_slug_written_in_two_ways_is_one_term(client: PluginClient, slug: str) -> None:
    number = fresh_id("n")
    first = report(client, term("Dessert " + number, slug=f"creme-brulee-{number}"))["assigned"][0]
    found = report(client, term("Something else", slug=slug % number))
    assert (found["created"], found["assigned"][0]) == ([], first | {"ref": found["assigned"][0]["ref"]})


def test_without_auto_create_a_category_becomes_the_fallback(site: Site, client: PluginClient) -> None:
    known, missing, tag = fresh_id("Known"), fresh_id("Missing"), fresh_id("tag")
    report(client, term(known))
    client.sync({"auto_create_terms": False, "fallback_category": 1})
    before = site.traces()
    body = payload(terms=[term(known), term(missing, ref="7"), term(tag, "post_tag")])
    warnings = client.post(body, "preflight").result["warnings"]
    assert [(warning["code"], warning["field"]) for warning in warnings] == [
        ("TERM_FALLBACK", "terms.7"),
        ("TERM_UNRESOLVED", f"terms.{body['terms'][2]['ref']}"),
    ]
    result = client.publish(body).result
    found = result["terms"]["category"]
    assert (found["requested"], found["existing"], found["fallback"]) == ([known, missing], [known], [missing])
    assert found["assigned"][1] == {"ref": "7", "term_id": 1, "slug": "uncategorized", "fallback": True}
    assert result["terms"]["post_tag"]["unresolved"] == [tag]
    assert result["terms"]["post_tag"]["assigned"] == []
    assert site.term_names(result["post_id"], "category") == [known, "Uncategorized"]
    assert site.traces()["terms"] == before["terms"]
    # Once the category is there, the fallback goes.
    client.sync({"auto_create_terms": True})
    again = client.publish(payload(body["content_id"], terms=body["terms"])).result
    assert site.term_names(again["post_id"], "category") == [known, missing]


def test_without_auto_create_and_fallback_a_category_is_a_problem(site: Site, client: PluginClient) -> None:
    client.sync({"auto_create_terms": False, "fallback_category": None})
    before = site.traces()
    body = payload(terms=[term("Nowhere", ref="7"), term("no tag", "post_tag")])
    problems = client.post(body, "preflight").error["details"]["problems"]
    assert [(problem["code"], problem["field"]) for problem in problems] == [("TERM_UNRESOLVED", "terms.7")]
    assert "fallback" in problems[0]["cure"]
    assert client.publish(body).code == "PREFLIGHT_FAILED"
    assert site.traces() == before


def test_a_fallback_that_was_deleted_is_none(site: Site, client: PluginClient) -> None:
    made = report(client, term(fresh_id("Doomed")))["assigned"][0]["term_id"]
    client.sync({"auto_create_terms": False, "fallback_category": made})
    site.wordpress.run_php("<?php wp_delete_term( (int) $args[0], 'category' );", str(made))
    assert client.call("site-metadata").result["settings"]["fallback_category"] is None
    assert client.post(payload(terms=[term("Nowhere")]), "preflight").code == "PREFLIGHT_FAILED"


def test_parents_that_were_made_are_taken_back_with_the_rest(site: Site, client: PluginClient) -> None:
    before = site.traces()
    body = payload(terms=[term(fresh_id("Leaf"), parent=[fresh_id("Top"), fresh_id("Middle")])])
    for fault in ("throw", "raw_commit"):
        site.break_with(**{fault: "live"})
        assert client.publish(body).status == 500
        site.break_with()
        assert site.traces() == before
    assert client.publish(body).status == 200
