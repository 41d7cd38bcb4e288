"""Drafts in every form that models give them, through the whole gateway: what is paid for is not lost."""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
from flask import Flask

from app.accounts.models import Account
from app.ai import attempts, gateway
from app.ai.calls.models import AiCall
from app.ai.client.json_answers import NoAnswer, read_answer
from app.ai.client.openai_client import forget_dialects
from app.ai.plans import OutlineRequest, PlannedSection
from app.ai.tasks import OPERATIONS
from app.ai.tasks.cluster_names import CLUSTER_NAMES, NamesAnswer
from app.ai.tasks.draft import DRAFT, DraftAnswer, DraftRequest, DraftResult, read_draft
from app.ai.tasks.finishing import FINISHING, FinishingAnswer, FinishingRequest, read_finishing
from app.ai.tasks.ideas import IDEAS, IdeasAnswer, IdeasRequest
from app.ai.tasks.image_briefs import (
    IMAGE_BRIEFS,
    ImageBrief,
    ImageBriefsAnswer,
    ImageBriefsRequest,
    read_image_briefs,
)
from app.ai.tasks.outline import OUTLINE, OutlineAnswer
from app.ai.tasks.section import SECTION, SectionAnswer, SectionRequest
from app.core.errors import DomainError
from app.core.extensions import db
from tests.factories.models import names_request
from tests.factories.providers import make_provider, make_route
from tests.fakes.openai_server import FakeOpenAI

REQUEST = DraftRequest(title="How to choose a tent", primary_keyword="tent")
TITLE = REQUEST.title
BODY = "<h2>Pick</h2><p>Two doors.</p>"
PICK = ["heading: Pick", "paragraph: Two doors."]
_BLOCK = re.compile(r"<!-- wp:(heading|paragraph|list-item|table|code)\b[^>]*-->\s*(.*?)\s*(?=<!--)", re.DOTALL)


@pytest.fixture
def server(app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    """The provider of the account."""
    monkeypatch.setattr(attempts, "WAITS", (0.0, 0.0))
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    forget_dialects()
    with FakeOpenAI() as fake:
        fake.key = "sk-of-an-account-1234"
        make_route(account, (make_provider(account, base_url=fake.url, model="test-model"), "test-model"))
        yield fake


def blocks(draft: DraftResult) -> list[str]:
    """What the blocks say: `heading: Pick`."""
    return [f"{name}: {re.sub('<[^>]*>', '', inner)}" for name, inner in _BLOCK.findall(draft.content_html)]


@pytest.mark.parametrize(
    ("answer", "title", "expected"),
    [
        (
            {
                "content_html": "<article><h2>Pick a tent</h2><p>Two doors.</p><section><h3>Poles</h3><ul>"
                "<li>steel</li></ul></section></article>"
            },
            TITLE,
            ["heading: Pick a tent", "paragraph: Two doors.", "heading: Poles", "list-item: steel"],
        ),
        ({"content_html": "<h2>Pick</h2>\\n<p>Two doors.</p>\\n"}, TITLE, PICK),
        (
            {
                "content_html": "<p>Terms:</p><dl><dt>fly</dt><dd>outer sheet</dd></dl><details><summary>Why?"
                "</summary><p>Rain.</p></details>"
            },
            TITLE,
            ["paragraph: Terms:", "list-item: fly: outer sheet", "heading: Why?", "paragraph: Rain."],
        ),
        (
            {
                "content_html": '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Tents for two'
                "</title></head><body><h1>Tents for two</h1><p>Two doors.</p></body></html>"
            },
            "Tents for two",
            ["paragraph: Two doors."],
        ),
        (
            {"content_html": "&lt;h2&gt;Pick a tent&lt;/h2&gt;&lt;p&gt;Two doors.&lt;/p&gt;"},
            TITLE,
            ["heading: Pick a tent", "paragraph: Two doors."],
        ),
        (
            {"content_html": "```html\n<h2>Pick a tent</h2>\n<p>Two doors.</p>\n```"},
            TITLE,
            ["heading: Pick a tent", "paragraph: Two doors."],
        ),
        (
            {
                "content_html": "## Picking a tent\n\nLook for **two doors** and a fly.\n\n- poles\n- pegs\n\n"
                "| Size | Weight |\n|---|---|\n| 2 | 1.9 kg |\n"
            },
            TITLE,
            [
                "heading: Picking a tent",
                "paragraph: Look for two doors and a fly.",
                "list-item: poles",
                "list-item: pegs",
                "table: SizeWeight21.9 kg",
            ],
        ),
        (
            {
                "content_html": "<h2>Pack</h2><ul><li>Tent<ul><li>poles</li><li>pegs</li></ul></li><li>Stove</li></ul>"
                "<p>Go.</p>"
            },
            TITLE,
            [
                "heading: Pack",
                "list-item: Tent",
                "list-item: poles",
                "list-item: pegs",
                "list-item: Stove",
                "paragraph: Go.",
            ],
        ),
        (
            {
                "title": "When to use <b> and <strong> in HTML",
                "content_html": "<p>Use <code>&lt;strong&gt;</code> for weight.</p>",
            },
            "When to use <b> and <strong> in HTML",
            ["paragraph: Use &lt;strong&gt; for weight."],
        ),
        (
            {
                "title": "Tents < 2 kg: R&D or luck?",
                "seo_title": "Tents < 2 kg & more",
                "seo_description": "Which tents weigh < 2 kg & last > 5 years",
                "excerpt": "Weight < 2 kg",
                "focus_keywords": ["tents < 2 kg", "r&d tents"],
                "content_html": "<h2>Weight &lt; 2 kg</h2><p>Less.</p>",
            },
            "Tents < 2 kg: R&D or luck?",
            ["heading: Weight &lt; 2 kg", "paragraph: Less."],
        ),
        (
            {
                "content_html": '<!-- wp:paragraph {"align":"center"} --><p class="has-text-align-center">Hi</p>'
                "<!-- /wp:paragraph --><p>loose</p><script>x</script>"
            },
            TITLE,
            ["paragraph: Hi", "paragraph: loose"],
        ),
    ],
)
def test_an_answer_with_a_body_is_a_draft_at_the_first_asking(
    account: Account, server: FakeOpenAI, answer: dict[str, Any], title: str, expected: list[str]
) -> None:
    server.answer_next(answer)
    draft = gateway.run(account.id, DRAFT, REQUEST).result
    assert (draft.title, blocks(draft), len(server.requests)) == (title, expected, 1)
    left_out = {"excerpt", "slug", "seo_title", "seo_description"} - answer.keys()
    assert set(draft.by_rule) == left_out
    for name in {"excerpt", "seo_title"} & answer.keys():
        assert getattr(draft, name) == answer[name]
    assert draft.seo_description.startswith(answer.get("seo_description", ""))
    assert all((draft.excerpt, draft.slug, draft.seo_title, draft.seo_description, draft.focus_keywords))


def read(answer: object) -> DraftResult:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return read_draft(REQUEST, read_answer(text, DraftAnswer), text)


SECTIONS = [{"heading": "Pick", "content": "Two doors."}, {"heading": "Poles", "items": ["steel", "alu"]}]
IN_SECTIONS = [*PICK, "heading: Poles", "list-item: steel", "list-item: alu"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"article": {"title": "T", "body": BODY}}, PICK),
        ({"status": "ok", "data": {"attributes": {"headline": "T", "html": BODY}}}, PICK),
        ({"result": [{"heading": "T", "content": BODY}]}, PICK),
        ({"result": json.dumps({"title": "T", "text": BODY})}, PICK),
        ({"title": {"rendered": "T"}, "content": {"rendered": BODY, "protected": False}}, PICK),
        ({"title": "T", "sections": SECTIONS}, IN_SECTIONS),
        ({"title": "T", "content": SECTIONS}, IN_SECTIONS),
        ({"post": {"title": "T", "content": {"sections": SECTIONS}}}, IN_SECTIONS),
        ({"title": "T", "section_1": SECTIONS[0], "section_2": SECTIONS[1]}, IN_SECTIONS),
        (
            {"title": "T", "content": {"Pick": "Two doors.", "Poles": ["Steel."]}},
            [*PICK, "heading: Poles", "paragraph: Steel."],
        ),
        ({"title": "T", "body": ["Two doors.", "Steel."]}, ["paragraph: Two doors.", "paragraph: Steel."]),
        ({"title": "T", "markdown": ["## Pick", "", "- steel", "- alu"]}, ["heading: Pick", *IN_SECTIONS[3:]]),
        (
            {
                "title": "T",
                "blocks": [
                    {"type": "header", "data": {"text": "Pick", "level": 2}},
                    {"type": "paragraph", "data": {"text": "Two doors."}},
                    {"type": "list", "data": {"items": ["steel", "alu"]}},
                ],
            },
            [*PICK, *IN_SECTIONS[3:]],
        ),
        (
            {
                "title": "T",
                "introduction": "Hello.",
                "sections": [{"heading": "Pick", "content": "Two doors."}],
                "conclusion": "Go.",
                "faq": [{"question": "Why?", "answer": "Rain."}],
            },
            ["paragraph: Hello.", *PICK, "paragraph: Go.", "heading: FAQ", "heading: Why?", "paragraph: Rain."],
        ),
        ('{"title": "T", "content_html": "BODY",}', PICK),
        ('{ // its title, as it was asked for\n"title": "T", /* text */ "content_html": "BODY"}', PICK),
        ("{'title': 'T', 'content_html': 'BODY'}", PICK),
        ('{"title": "T", "content_html": "<h2>Pick</h2>\n<p>Two doors.</p>\n"}', PICK),
        ('{"title": "T", "content_html": "<h2 class="x">Pick</h2><p>Two doors.</p>"}', PICK),
        ('{"title": "T", "content_html": """<h2>Pick</h2>\n<p>Two doors.</p>"""}', PICK),
        ('{"title": "T"}\n{"content_html": "BODY"}', PICK),
        ('{"title": "Old", "content_html": "<p>Two.</p>"}\n\n{"title": "T", "content_html": "BODY"}', PICK),
        ('\ufeff{"title": "T", "content_html": "BODY"}', PICK),
        ('```json5\n{title: "T", content_html: "BODY",}\n```', PICK),
        ("Here is your article:\n\n```html\n<h1>T</h1>BODY\n```", PICK),
        ("---\ntitle: T\ntags: [a, b]\n---\n\n# T\n\n## Pick\n\nTwo doors.", PICK),
        ({"title": "T", "content_html": "---\ntitle: x\n---\n# T\n\n## Pick\n\nTwo doors."}, PICK),
        ({"title": "T", "content_html": "## Pick\\n\\nTwo doors."}, PICK),
        (
            {"title": "T", "content_html": escape(escape(BODY))},
            PICK,
        ),
        ({"content_html": f'<body><main><div class="content"><h1>T</h1>{BODY}</div></main></body>'}, PICK),
        ({"title": "T", "content_html": f"<h1>T</h1>{BODY}"}, PICK),
        *(
            ({"title": "T", "content_html": f"{fence}\n{BODY}\n{fence[:3]}"}, PICK)
            for fence in ("~~~html", "```html5", "```wordpress")
        ),
        ({"title": "T", "content_html": f"```html {BODY} ```"}, PICK),
        ({"title": "T", "content_html": f"<![CDATA[{BODY}]]>"}, PICK),
    ],
)
def test_a_body_is_found_wherever_it_is(answer: object, expected: list[str]) -> None:
    draft = read(answer.replace("BODY", BODY) if isinstance(answer, str) else answer)
    assert (draft.title, blocks(draft)) == ("T", expected)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, I can't help with that.",
        {"message": "I cannot."},
        {"error": {"message": "Bad", "code": 3}},
        '{"title": "T", "content_html": "<p>Two',
        {"title": "T"},
    ],
)
def test_what_holds_no_body_is_no_draft(answer: object) -> None:
    with pytest.raises(NoAnswer):
        read(answer)


def test_what_is_left_out_is_made_of_the_text_within_its_lengths() -> None:
    sentence = "A tent with two doors keeps the queue short when it rains at night."
    draft = read(
        {
            "title": "Tents: " + "a long story " * 8,
            "content_html": f"<h2>Pick</h2><p>Of tents:</p><p>{sentence}</p><p>{sentence} {sentence}</p>",
        }
    )
    assert draft.excerpt == sentence
    assert 121 <= len(draft.seo_description) <= 155
    assert draft.seo_description.startswith(f"{sentence} {sentence[:20]}")
    assert len(draft.seo_title) <= 60
    assert len(draft.slug) <= 60
    assert draft.focus_keywords == ["tent"]
    grouped = read(
        {"title": "T", "content": BODY, "seo": {"title": "S", "description": "D", "keywords": "a, b"}, "summary": "E"}
    )
    assert (grouped.title, grouped.seo_title, grouped.excerpt) == ("T", "S", "E")
    assert grouped.seo_description.startswith("D. E.")  # too short for a search result: it goes on
    assert (grouped.focus_keywords, grouped.by_rule) == (["tent", "a", "b"], ("slug",))


@pytest.mark.parametrize("answered", ["Short", "word " * 60, "x" * 400])
def test_a_description_of_a_draft_written_whole_is_held_to_its_room(answered: str) -> None:
    body = "<p>" + "Coffee tastes best when it is ground right before it is brewed. " * 4 + "</p>"
    draft = read(json.dumps({"title": "T", "content_html": body, "seo_description": answered}))
    assert 121 <= len(draft.seo_description) <= 155
    assert draft.seo_description.startswith(answered[:20].strip())
    assert "seo_description" not in draft.by_rule


def test_other_answers_need_no_more_than_what_is_asked_for() -> None:
    ideas = read_answer('{"ideas": ["A title", {"headline": "B", "content_type": null}, null]}', IdeasAnswer).ideas
    assert [(idea.title, idea.content_type, idea.description) for idea in ideas] == [
        ("A title", "Article", ""),
        ("B", "Article", ""),
    ]
    names = read_answer('[{"id": "2", "label": "Kettles"}, {"Cluster": "1", "name": "Pots"}]', NamesAnswer).clusters
    assert [(name.id, name.name) for name in names] == [(2, "Kettles"), (1, "Pots")]
    result = CLUSTER_NAMES.check(
        names_request(["moka pot"], ["kettle care"]), read_answer('["Moka pot", "Kettle"]', NamesAnswer), ""
    )
    assert [name.name for name in result.names] == ["Moka pot", "Kettle"]
    outline = read_answer('{"outline": [{"title": "Sizes", "points": ["small", "large"]}, "Care"]}', OutlineAnswer)
    assert [(plan.heading, plan.notes) for plan in outline.sections] == [("Sizes", "- small\n- large"), ("Care", "")]
    assert (
        read_answer('{"section": {"heading": "Sizes", "paragraphs": ["One.", "Two."]}}', SectionAnswer).content_html
        == "One.\n\nTwo."
    )


def test_a_finish_that_leaves_things_out_finishes_all_the_same() -> None:
    answer = read_answer('{"faq": [{"q": "Why?", "a": "Rain."}], "meta": "", "metaDescription": "D"}', FinishingAnswer)
    finishing = read_finishing(FinishingRequest(title="Tents", text="Two doors."), answer, "")
    assert (finishing.title, finishing.excerpt, finishing.slug, finishing.introduction) == (
        "Tents",
        "Two doors.",
        "Tents",
        "",
    )
    assert "Rain." in finishing.questions
    assert finishing.by_rule == ("excerpt", "slug", "seo_title", "introduction")


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ('{"images": [{"heading": "Sizes", "shows": "Two pots", "alt": "Pots"}]}', [("Sizes", "Two pots", "Pots")]),
        ('[{"Section": "Sizes", "Prompt": "Two pots", "Alt text": "Pots"}]', [("Sizes", "Two pots", "Pots")]),
        (
            '{"image_briefs": {"Sizes": "Two pots", "Care": "A sponge"}}',
            [("Sizes", "Two pots", "")] * 1 + [("Care", "A sponge", "")],
        ),
        ('```json\n{"pictures": ["Two pots", 7, {"shows": ""}]}\n```', [("", "Two pots", "")]),
        (
            "## Sizes\nTwo pots, from above.\n\n## Care\nA sponge.",
            [("Sizes", "Two pots, from above.", ""), ("Care", "A sponge.", "")],
        ),
    ],
)
def test_briefs_of_images_are_read_in_whatever_form_they_come(text: str, images: list[tuple[str, str, str]]) -> None:
    request = ImageBriefsRequest(title="Moka", headings=["Sizes", "Care"])
    result = read_image_briefs(request, read_answer(text, ImageBriefsAnswer), text)
    assert result.images == [ImageBrief(heading=heading, shows=shows, alt=alt) for heading, shows, alt in images]


def test_without_a_key_each_section_gets_a_brief_of_its_own_and_the_frame_none() -> None:
    headings = ["Sizes", "Frequently asked questions", "Care", "Sizes"]
    assert IMAGE_BRIEFS.builtin is not None
    result = IMAGE_BRIEFS.builtin(ImageBriefsRequest(title="Moka pots", headings=headings))
    assert [(image.heading, image.shows, image.alt) for image in result.images] == [
        ("Sizes", "Moka pots: Sizes", "Sizes"),
        ("Care", "Moka pots: Care", "Care"),
    ]
    whole = IMAGE_BRIEFS.builtin(ImageBriefsRequest(title="Moka pots"))
    assert [(image.heading, image.shows, image.alt) for image in whole.images] == [("", "Moka pots", "Moka pots")]


REQUESTS: dict[str, Any] = {
    CLUSTER_NAMES.key: names_request(["moka pot"]),
    IDEAS.key: IdeasRequest(cluster_name="Moka"),
    OUTLINE.key: OutlineRequest(title="Moka", keywords=["moka pot"]),
    DRAFT.key: DraftRequest(title="Moka"),
    SECTION.key: SectionRequest(title="Moka", section=PlannedSection(heading="Sizes"), headings=["Sizes"]),
    FINISHING.key: FinishingRequest(title="Moka", text="Two sizes."),
    IMAGE_BRIEFS.key: ImageBriefsRequest(title="Moka", headings=["Sizes"], text="Two sizes."),
}


@pytest.mark.parametrize(("failure", "asked"), [("empty", 2), ("wrong_schema", 2), ("refusal", 1), ("filtered", 1)])
def test_no_operation_charges_for_nothing_or_asks_for_more_than_one_repair(
    account: Account, server: FakeOpenAI, failure: str, asked: int
) -> None:
    for key, request in REQUESTS.items():
        server.requests.clear()
        server.fail_next(failure, asked)
        with pytest.raises(DomainError):
            gateway.run(account.id, OPERATIONS[key], request)
        assert len(server.requests) == asked, key
    calls = db.session.query(AiCall).all()
    assert [(call.state, call.credits) for call in calls] == [("failed", 0)] * len(REQUESTS)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<h2 class=\\"x\\">Pick<\\/h2>\\n<p>Two doors.<\\/p>', PICK),
        ("\\u003ch2\\u003ePick\\u003c/h2\\u003e\\u003cp\\u003eTwo doors.\\u003c/p\\u003e", PICK),
        ("<p>Caf\\u00e9 \\ud83d\\ude00 \\ud83d\\u0000.</p>", ["paragraph: Café 😀 ."]),
        ("<p>Write <code>\\u00e9</code>.</p>", ["paragraph: Write \\u00e9."]),
        ("&#60;h2&#62;Pick&#60;/h2&#62;&#x3C;p&#x3E;Two doors.&#x3C;/p&#x3E;", PICK),
        ("&lt;h2>Pick&lt;/h2>&lt;p>Two doors.&lt;/p>", PICK),
        (escape(escape(escape(BODY))), PICK),
        (escape("<dl><dt>fly</dt><dd>outer</dd></dl>"), ["list-item: fly: outer"]),
        ("<p>Write &lt;h2&gt; here.</p>", ["paragraph: Write &lt;h2&gt; here."]),
        (f"Here is the article:\n\n```html\n{BODY}\n```\n\nLet me know!", PICK),
        ("##Pick\n\n```bash\n##x\n```\n\n• steel\n• alu", ["heading: Pick", "code: ##x", *IN_SECTIONS[3:]]),
        ("<p>## Pick</p><p>*Two* doors.</p>", PICK),
        ("Two \\*doors\\*, f(*a, *b), 2 * 3 * 4.", ["paragraph: Two *doors*, f(*a, *b), 2 * 3 * 4."]),
        (f"<my-box>{BODY}</my-box><p>Dear <your-name>.</p>", [*PICK, "paragraph: Dear &lt;your-name&gt;."]),
        (f'<meta charset="utf-8"><title>T</title>{BODY}', PICK),
        (f"<!-- wp:heading --><h2>{TITLE}</h2><!-- /wp:heading -->{BODY}", PICK),
    ],
)
def test_signs_of_other_hands_are_read_as_they_were_meant(html: str, expected: list[str]) -> None:
    assert blocks(read({"title": "T", "content_html": html})) == expected


def test_quotes_that_were_escaped_twice_leave_addresses_as_they_are_and_block_markup_stays() -> None:
    assert '<a href="https://a.se/">' in read({"content_html": '<p><a href=\\"https://a.se/\\">x</a></p>'}).content_html
    button = '<!-- wp:button {"text":"\\u003cb\\u003eGo\\u003c/b\\u003e"} --><div>x</div><!-- /wp:button -->'
    assert read({"content_html": button}).content_html == button


@pytest.mark.parametrize(
    ("answered", "title"),
    [
        ("<b>Tea</b> or <b>coffee</b>", "<b>Tea</b> or <b>coffee</b>"),
        ("<b>Tea or coffee</b>", "Tea or coffee"),
        ("*Tea or coffee*", "Tea or coffee"),
        ("Don&#8217;t &ndash; l&rsquo;&eacute;t&eacute;", "Don’t – l’été"),
        ("Caf\\u00e9 < 2", "Café < 2"),
        ("When to use &copy; or *args", "When to use &copy; or *args"),
    ],
)
def test_a_title_is_plain_text(answered: str, title: str) -> None:
    assert read({"title": answered, "content_html": BODY}).title == title
