"""A draft held against its brief: each thing that is asked, in several languages. Pure."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from app.content.links.verdicts import LinkVerdict
from app.core.clock import utcnow
from app.writer.drafting.draft_checks import Asked, Check, SimilarContent, SiteAddresses, check_draft, search_result
from app.writer.drafting.draft_claims import without_source
from app.writer.drafting.draft_text import read_text
from app.writer.drafting.keyword_use import Words

SITE = SiteAddresses("https://shop.example.net", ["https://shop.example.net/grinders/"])


def asked(**values: Any) -> Asked:
    usual: dict[str, Any] = {
        "length_words": 100,
        "primary_keyword": "moka pot",
        "secondary_keywords": [],
        "sections": [],
        "language": "en",
    }
    return Asked(**{**usual, **values})


def check(
    key: str, html: str, title: str = "Moka pots", alike: Sequence[SimilarContent] | None = None, **values: Any
) -> Check:
    made = {one.key: one for one in check_draft(title, html, asked(**values), SITE, alike)}
    return made[key]


def words_at(made: Check) -> list[str]:
    return [place.words for place in made.places]


@pytest.mark.parametrize(
    ("count", "state"), [(84, "open"), (85, "done"), (100, "done"), (115, "done"), (116, "open"), (0, "open")]
)
def test_the_length_may_differ_by_fifteen_in_a_hundred(count: int, state: str) -> None:
    made = check("length", f"<p>{'word ' * count}</p>")
    assert made.state == state
    assert made.says.startswith(f"{count} words, 100 asked.")


def test_words_are_counted_in_scripts_without_spaces() -> None:
    assert check("length", f"<p>{'咖啡' * 100}</p>", language="zh").state == "done"
    assert check("length", f"<p>{'กาแฟดี' * 84}</p>", language="th").state == "done"


OUTLINE = [("The short answer", ()), ("Sizes", ()), ("How to use a moka pot", ()), ("Costs and prices", ())]


def headings(*names: str) -> str:
    return "".join(f"<h2>{name}</h2><p>Text.</p>" for name in names)


def test_all_headings_of_the_outline_in_order_are_as_asked() -> None:
    html = headings("The short answer", "Sizes, compared", "Using a moka pot: how to", "More", "Costs and prices")
    assert check("headings", headings(*(name for name, _ in OUTLINE)), sections=OUTLINE).state == "done"
    assert check("headings", html, sections=[OUTLINE[0], OUTLINE[3]]).state == "done"


def test_headings_that_lack_or_stand_elsewhere_are_named() -> None:
    html = headings("Costs and prices", "The short answer", "Sizes")
    made = check("headings", html, sections=OUTLINE)
    assert made.state == "open"
    assert [(place.words, place.why) for place in made.places] == [
        ("How to use a moka pot", "missing"),
        ("Costs and prices", "in another place"),
    ]


def test_headings_are_compared_in_any_script() -> None:
    outline = [("الأحجام", ()), ("كيف تختار؟", ()), ("选购", ())]
    assert check("headings", headings("الأحجام", "كيف تختار", "选购"), sections=outline).state == "done"


def test_the_primary_keyword_belongs_in_title_first_paragraph_and_a_heading() -> None:
    good = "<h2>Moka pot sizes</h2><p>x</p>"
    assert check("primary", "<p>A moka pot is small.</p>" + good).state == "done"
    made = check("primary", "<p>This is small.</p><h2>Sizes</h2>", title="Pots")
    assert made.says == "“moka pot” is not in the title, the first paragraph or a heading."


def test_secondary_keywords_belong_under_their_headings() -> None:
    html = "<p>Moka pots. cheap ones.</p><h2>Sizes</h2><p>Three cups.</p><h2>Use</h2><p>On induction.</p>"
    sections = [("Sizes", ["three cups", "induction"]), ("Use", ["gas stove"])]
    made = check("secondary", html, sections=sections, secondary_keywords=["cheap", "gasket"])
    assert made.says == "3 of 5 keywords are not where the brief has them."
    assert [(place.words, place.why) for place in made.places] == [
        ("gasket", "nowhere"),
        ("induction", "not under “Sizes”"),
        ("gas stove", "nowhere"),
    ]


@pytest.mark.parametrize(
    ("text", "keyword", "language", "used"),
    [
        ("All sizes of moka pots", "moka pot sizes", "en", True),
        ("Planting a tree", "plan", "en", False),
        ("пить минеральную воду", "минеральная вода", "ru", True),
        ("с минералами", "минеральная вода", "ru", False),
        ("die Wärmepumpen im Altbau", "wärmepumpe altbau", "de", True),
        ("القهوة العربية بالهيل", "قهوة عربية", "ar", True),
        ("إبريق القَهْوَة", "القهوة", "ar", True),
        ("המזרן הזוגי", "מזרן זוגי", "he", True),
        ("这款露营帐篷很防水", "露营帐篷 防水", "zh", True),
        ("这款帐篷", "露营帐篷", "zh", False),
        ("วิธีชงกาแฟสด", "กาแฟ", "th", True),
        ("", "x", "en", False),
    ],
)
def test_a_keyword_is_used_in_other_order_and_with_other_endings(
    text: str, keyword: str, language: str, used: bool
) -> None:
    assert Words(text, language).has(keyword) is used


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://shop.example.net/grinders", ""),
        ("/grinders/?utm_source=x", ""),
        ("http://www.shop.example.net/grinders/", ""),
        ("/uploads/list.pdf", ""),
        ("#here", ""),
        ("mailto:a@b.se", ""),
        ("https://en.wikipedia.org/wiki/Moka_pot", "not asked yet"),
        ("/gone/", "/gone/ is no live page of the site"),
        ("#nowhere", "#nowhere is not in this text"),
        ("", "leads nowhere"),
        ("#", "leads nowhere"),
        ("https://example.com/x", "example.com is a stand-in for an address"),
        ("https://www.yourdomain.com/", "www.yourdomain.com is a stand-in for an address"),
        ("http://[bad", "http://[bad is no address"),
        ("javascript:x", "javascript:x is no address"),
    ],
)
def test_links_lead_where_something_is(address: str, why: str) -> None:
    made = check("links", f'<p id="here"><a href="{address}">words</a></p>')
    assert [(place.words, place.why) for place in made.places] == ([("words", why)] if why else [])


def test_links_to_other_sites_are_there_when_they_answered_so() -> None:
    html = "".join(
        f"<p><a href='https://a.se/{name}#part'>{name}</a></p>" for name in ("here", "gone", "members", "new")
    )
    answers = {"here": ("works", 200), "gone": ("gone", 404), "members": ("refused", 403)}
    verdicts = {
        f"https://a.se/{name}": LinkVerdict(f"https://a.se/{name}", outcome, status, "", utcnow())
        for name, (outcome, status) in answers.items()
    }
    site = SiteAddresses(SITE.url, SITE.pages, verdicts)
    made = {check.key: check for check in check_draft("Moka", html, asked(), site, None)}["links"]
    assert [(place.words, place.why) for place in made.places] == [
        ("gone", "is not there any more (404)"),
        ("new", "not asked yet"),
    ]
    assert made.says == (
        "1 link leads nowhere that is known. 1 link to another site was not asked yet whether it is there."
    )


def test_pages_that_were_chosen_are_linked_to() -> None:
    links = {"https://shop.example.net/grinders/": "Grinders", "https://shop.example.net/beans/": "Beans"}
    made = check("chosen_links", '<p><a href="/grinders">x</a></p>', links=links)
    assert (made.says, words_at(made)) == ("1 of 2 chosen pages not linked to yet.", ["Beans"])


def test_placeholders_are_found_and_what_only_looks_like_them_is_not() -> None:
    html = (
        "<p>[insert price] TODO: x. Lorem ipsum. {{city}} XXX. Call Your company today. [Company Name] {first_name}</p>"
    )
    assert set(words_at(check("placeholders", html))) == {
        "[insert price]",
        "TODO",
        "Lorem ipsum",
        "{{city}}",
        "XXX",
        "Your company",
        "[Company Name]",
        "{first_name}",
    }
    fine = "<p>Your company needs this. [gallery ids=1] [1] [sic] “[T]he end” f{x} todo hoy. As an AI pioneer.</p>"
    assert check("placeholders", fine).state == "done"
    assert words_at(check("placeholders", "<p>x</p>", title="Best {{thing}}")) == ["{{thing}}"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Sales grew by 40 % last year.",
        "It costs $1,200 on average.",
        "Studies show that it helps.",
        "Nine users in ten agree, 3 out of 4 again.",
        "It is 3 times faster.",
        "Der Markt wuchs um 12,5 Prozent.",
        "Laut Studien hilft es.",
        "Selon une étude, cela aide.",
        "Исследования показывают, что это так.",
        "تزيد النسبة 40٪ كل عام.",
        "研究表明这有帮助。",
        "销售额达到3亿。",
        "According to experts, it is safe.",
    ],
)
def test_figures_and_claims_without_a_source_are_named_with_their_sentence(sentence: str) -> None:
    assert without_source(read_text(f"<p>First. {sentence}</p>"), SITE.url) == [sentence]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Sales grew by 40 % (<a href='https://stat.se/1'>Statistics Sweden</a>).</p>",
        "<p>According to Statistics Sweden, sales grew by 40 %.</p>",
        "<p>Brew it for 5 minutes with 3 cups of water at 20:30 on 4 May 2026.</p>",
        "<h2>40 % off</h2>",
        "<p>Press the button twice.</p>",
        "<p>Sales grew by 40 %. Source: <a href='https://stat.se/1'>Statistics Sweden</a>.</p>",
        "<p>Sales grew by 40 %. (<a href='//stat.se/1'>Statistics Sweden, 2026</a>)</p>",
        "<p>See  <b>our <a href='/x/'> page </a></b> too.\n Sales <a href='https://stat.se/1'>grew  by</a> 40 %.</p>",
    ],
)
def test_what_has_a_source_or_needs_none_is_left_alone(html: str) -> None:
    assert without_source(read_text(html), SITE.url) == []


@pytest.mark.parametrize(
    "address",
    [
        "/grinders/",
        "grinders/",
        "https://kaffe.se/grinders/",
        "//www.kaffe.se/grinders/",
        "#sizes",
        "https://example.com/study",
        "https://www.your-site.com/",
        "http://localhost/x",
        "http://[bad",
        "mailto:a@stat.se",
        "",
    ],
)
def test_a_link_that_leads_to_no_other_site_is_no_source(address: str) -> None:
    html = f"<p>Sales grew by 40 % in <a href='{address}'>our shop</a>. Fine.</p>"
    assert without_source(read_text(html), "https://kaffe.se") == ["Sales grew by 40 % in our shop."]


def test_the_check_of_claims_knows_the_site() -> None:
    html = "<p>Sales grew by 40 % in <a href='{}'>our shop</a>.</p>"
    assert words_at(check("claims", html.format("/grinders/"))) == ["Sales grew by 40 % in our shop."]
    assert check("claims", html.format("https://stat.se/")).state == "done"


def test_a_source_is_that_of_its_own_sentence() -> None:
    html = (
        "<p>Sales grew by 40 %. Prices fell by 3 % (<a href='https://stat.se/1'>SCB</a>). Costs rose by 5 %. Who"
        " wants a mug finds many at <a href='https://mugs.se/'>Mugs</a>.</p>"
    )
    assert without_source(read_text(html), SITE.url) == ["Sales grew by 40 %.", "Costs rose by 5 %."]


def test_sentences_of_a_long_text_full_of_links_are_read_in_linear_time() -> None:
    html = "<p>" + "  Sales <b>grew</b> by 40 % at <a href='https://stat.se/'> SCB </a>. " * 4_000 + "</p>"
    text = read_text(html)
    assert [text.blocks[0].text[link.start :][:3] for link in text.links] == ["SCB"] * 4_000
    assert without_source(text, SITE.url) == []


@pytest.mark.parametrize(
    ("title", "description", "problems"),
    [("x" * 60, "y" * 121, 0), ("", "y" * 120, 2), ("x" * 61, "y" * 156, 2), ("x", "短い説明。", 0)],
)
def test_what_search_results_show_is_held_against_their_room(title: str, description: str, problems: int) -> None:
    made = search_result(title, description)
    assert (made.state, made.says.count(" has ")) == ("open" if problems else "done", problems)


def test_likeness_to_other_contents_is_told_when_somebody_has_compared() -> None:
    assert [one.key for one in check_draft("x", "<p>x</p>", asked(), SITE, None)].count("alike") == 0
    made = check("alike", "<p>x</p>", alike=[SimilarContent(7, "Twin", 91), SimilarContent(8, "Far", 50)])
    assert (made.state, [like.id for like in made.alike]) == ("open", [7])
    assert check("alike", "<p>x</p>", alike=[SimilarContent(8, "Far", 50)]).state == "done"


def test_a_text_is_read_as_blocks_with_their_links() -> None:
    text = read_text(
        "<!-- wp:paragraph --><p>One<br>two <a href='/a'>three <b>four</b></a></p><script>no()</script>"
        "<ul><li>five</ul><h3>Six</h3>seven <!-- never closed"
    )
    assert [(block.level, block.text) for block in text.blocks] == [
        (0, "One two three four"),
        (0, "five"),
        (3, "Six"),
        (0, "seven"),
    ]
    assert [(link.address, link.words) for link in text.links] == [("/a", "three four")]


def test_a_long_text_is_checked_quickly() -> None:
    sections = [(f"Section {place} of the text", [f"keyword {place}"]) for place in range(50)]
    html = "".join(f"<h2>{name}</h2><p>{'Words of 20 % here. ' * 120}</p>" for name, _ in sections)
    began = time.perf_counter()
    check_draft("Moka", html, asked(sections=sections), SITE, None)
    assert time.perf_counter() - began < 15
    check_draft("Moka", "<a href='" * 20_000 + "<!--" * 20_000, asked(sections=sections), SITE, None)
    assert time.perf_counter() - began < 30


UNWRITTEN = "<h2>Moka pot sizes</h2><p>Say which moka pot is for whom.</p><ul><li>An example</li></ul>"
NOTES = ["Say which moka pot is for whom.", "An example"]


def outline_check(key: str, html: str, notes: Sequence[str]) -> Check:
    wanted = asked(secondary_keywords=["an example"])
    return {one.key: one for one in check_draft("Moka pot", html, wanted, SITE, None, notes)}[key]


def test_notes_to_the_writer_are_to_be_written_out() -> None:
    made = outline_check("placeholders", UNWRITTEN, NOTES)
    assert (made.state, made.says) == ("open", "2 notes of the outline to write out.")
    assert words_at(made) == NOTES


def test_notes_to_the_writer_answer_nothing() -> None:
    assert outline_check("length", UNWRITTEN, NOTES).says == "3 words, 100 asked. 97 too few."
    assert outline_check("primary", UNWRITTEN, NOTES).says == "“moka pot” is not in the first paragraph."
    assert outline_check("secondary", UNWRITTEN, NOTES).says == "1 of 1 keywords is not where the brief has them."


def test_what_is_written_between_notes_counts() -> None:
    written = UNWRITTEN.replace("<ul>", "<p>A moka pot for two people.</p><ul>")
    assert outline_check("primary", written, NOTES).state == "done"
    assert outline_check("length", written, NOTES).says.startswith("8 words")
