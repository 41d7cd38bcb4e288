"""How often the Optimizer's verdicts are yoastseo's, on 300 texts of a blog and of documentation.

yoastseo (npm, GPL) is a yardstick that is run, nothing else. Its folder: npm install --ignore-scripts yoastseo@3.6.0

    python -m benchmarks.optimizer_agreement FOLDER_WITH_NODE_MODULES [reported|tuned]

Without its paid part yoastseo knows a keyphrase in the spelling at hand alone. The first column compares with that,
the second lets the Optimizer recognise other forms of its words, as it does in the product.

Keyphrases, titles, descriptions, slugs, links and images are made from the texts, some of them wrong on purpose, in a
way that is the same each time. Half of the texts were used to tune, the other half is reported.
"""

import gzip
import html as markup
import json
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.config import ROOT
from app.core.letter_widths import pixels_of
from app.optimizer.analysis import Document, analyse
from app.optimizer.analysis.lexicon import english

_CODE = re.compile(r"`([^`]+)`")
DATA = ROOT.parent / "shared" / "data"
SITE = "https://blog.example"
TEXTS = {"blog": 240, "docs": 60}
KEYS = {
    "introductionKeyword": "keyphrase_in_introduction",
    "keyphraseLength": "keyphrase_length",
    "keyphraseDensity": "keyphrase_density",
    "metaDescriptionKeyword": "keyphrase_in_description",
    "metaDescriptionLength": "description_length",
    "subheadingsKeyword": "keyphrase_in_headings",
    "textCompetingLinks": "competing_links",
    "imageKeyphrase": "keyphrase_in_alt_texts",
    "textLength": "text_length",
    "externalLinks": "outbound_links",
    "keyphraseInSEOTitle": "keyphrase_in_title",
    "internalLinks": "internal_links",
    "titleWidth": "title_width",
    "slugKeyword": "keyphrase_in_slug",
    "singleH1": "single_h1",
    "subheadingsTooLong": "subheadings",
    "textParagraphTooLong": "paragraph_length",
    "textSentenceLength": "sentence_length",
    "textTransitionWords": "transition_words",
    "passiveVoice": "passive_voice",
    "sentenceBeginnings": "same_starts",
}


@dataclass(frozen=True)
class Case:
    """A document, and the same as a paper of yoastseo."""

    name: str
    document: Document

    def paper(self) -> dict[str, object]:
        """What yoastseo gets."""
        document = self.document
        return {
            "text": document.html,
            "keyword": document.keyphrase,
            "title": document.seo_title,
            "titleWidth": pixels_of(document.seo_title),
            "description": document.seo_description,
            "slug": document.slug,
            "permalink": f"{SITE}/{document.slug}/",
            "textTitle": document.title,
        }


def cases() -> list[Case]:
    """The 300 texts, in an order of no meaning."""
    picked: list[Case] = []
    for name, count in TEXTS.items():
        with gzip.open(next(DATA.glob(f"internal-links-{name}*.gz")), "rt", encoding="utf-8") as lines:
            rows = [row for row in map(json.loads, lines) if 120 <= len(row["text"].split()) <= 3000]
        chance = random.Random(name)
        picked += [Case(row["url"], made(row, random.Random(row["url"]))) for row in chance.sample(rows, count)]
    random.Random(14).shuffle(picked)
    return picked


def made(row: dict[str, object], chance: random.Random) -> Document:
    """A document of one row."""
    title, text = markup.unescape(str(row["title"])), markup.unescape(str(row["text"]))
    words = re.findall(r"[\w’'-]+", title)
    content = [word for word in words if word.casefold() not in english()["function"]] or words
    start = chance.randrange(max(1, len(content) - 2))
    keyphrase = " ".join(content[start : start + chance.choice((1, 2, 2, 3, 3, 6))])
    plain = " ".join(text.split())
    slug = "-".join(re.findall(r"[a-z0-9]+", title.casefold()))
    return Document(
        html=body(text, row["links"], keyphrase, chance),
        title=title,
        seo_title=chance.choice(
            (title, title, f"{keyphrase}: {title}", f"The {keyphrase}", title + " and more to read")
        ),
        seo_description=chance.choice(
            ("", plain[:90], plain[:140], plain[:150], f"{keyphrase}. {plain[:125]}", plain[:180])
        ),
        slug=chance.choice((slug, slug, "-".join(slug.split("-")[:3]), f"post-{len(text)}")),
        keyphrase=keyphrase.casefold() if chance.random() < 0.7 else keyphrase,
        language="en",
        site_url=SITE,
    )


def body(text: str, links: object, keyphrase: str, chance: random.Random) -> str:
    """The text as WordPress would have it: paragraphs, headings, lists, links, images."""
    parts = []
    for part in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        joined = " ".join(lines)
        if heading := re.fullmatch(r"(#{1,6})\s+(.*)", joined):
            level = max(2, len(heading[1]))
            parts.append(f"<h{level}>{markup.escape(heading[2], quote=False)}</h{level}>")
        elif all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{markup.escape(line[2:], quote=False)}</li>" for line in lines)
            parts.append(f"<ul>{items}</ul>")
        elif len(joined) < 60 and joined[-1].isalnum() and parts and parts[-1].startswith("<p"):
            parts.append(f"<h2>{markup.escape(joined, quote=False)}</h2>")
        elif not re.fullmatch(r"\W*", joined):
            text_html = _CODE.sub(r"<code>\1</code>", markup.escape(joined, quote=False))
            parts.append(f"<p>{text_html}</p>")
    for link in links if isinstance(links, list) else []:
        for place, part in enumerate(parts):
            anchor = markup.escape(link["anchor"], quote=False)
            if part.startswith("<p") and anchor in part and "<a" not in part:
                parts[place] = part.replace(anchor, f'<a href="{link["target"]}">{anchor}</a>', 1)
                break
    extras = (
        '<p>More at <a href="https://other.example/page">the source</a>.</p>',
        '<p>More at <a href="https://other.example/page" rel="nofollow">the source</a>.</p>',
        f'<p><a href="{SITE}/other/">{keyphrase}</a></p>',
        f'<figure><img src="/a.png" alt="{markup.escape(keyphrase)} at work"></figure>',
        '<figure><img src="/a.png" alt=""></figure>',
        '<figure><img src="/a.png" alt="A house"></figure>',
        "<h1>Another title</h1>",
        "",
        "",
    )
    parts += chance.sample(extras, 2)
    return "\n\n".join(parts)


def verdict(score: float) -> str:
    """yoastseo's traffic light of a score."""
    return "bad" if score <= 4 else "ok" if score <= 7 else "good"


def yoastseo(papers: list[dict[str, object]], folder: Path) -> list[dict[str, float]]:
    """The scores of each paper by identifier, and the milliseconds it took."""
    script = Path(__file__).with_name("yoastseo.cjs")
    lines = "\n".join(map(json.dumps, papers))
    done = subprocess.run(["node", script, folder], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def compared(chosen: list[Case], theirs: list[dict[str, float]], *, forms: bool) -> dict[str, Counter[tuple[str, str]]]:
    """How often each assessment said what, and yoastseo what."""
    verdicts: dict[str, Counter[tuple[str, str]]] = {key: Counter() for key in KEYS.values()}
    for case, scores in zip(chosen, theirs, strict=True):
        ratings = {one.key: str(one.rating) for one in analyse(case.document, word_forms=forms).assessments}
        for identifier, key in KEYS.items():
            if identifier in scores:
                # without a keyphrase nothing is said here of its use, and all is bad there
                verdicts[key][ratings.get(key, "bad"), verdict(scores[identifier])] += 1
    return verdicts


def agreement(verdicts: Counter[tuple[str, str]]) -> float:
    """The share of 100 that is the same."""
    same = sum(count for (ours, other), count in verdicts.items() if ours == other)
    return 100 * same / verdicts.total() if verdicts.total() else 0.0


def main(folder: str, part: str = "reported") -> None:
    """Print the table."""
    chosen = [case for number, case in enumerate(cases()) if (number % 2 == 1) == (part == "reported")]
    theirs = yoastseo([case.paper() for case in chosen], Path(folder))
    as_theirs, as_ours = (compared(chosen, theirs, forms=forms) for forms in (False, True))
    print(f"{'assessment':28} {'alike':>7} {'forms':>7}  differences with its spelling: ours where yoastseo says")
    for key in KEYS.values():
        differences = {
            f"{ours} where {other}": count for (ours, other), count in as_theirs[key].items() if ours != other
        }
        print(f"{key:28} {agreement(as_theirs[key]):6.1f}% {agreement(as_ours[key]):6.1f}%  {differences}")
    for name, verdicts in (("by spelling", as_theirs), ("with word forms", as_ours)):
        every = sum(verdicts.values(), Counter[tuple[str, str]]())
        same = sum(count for (ours, other), count in every.items() if ours == other)
        print(f"all, {name}: {100 * same / every.total():.1f}% of {every.total()} verdicts on {len(chosen)} texts")


if __name__ == "__main__":
    main(*sys.argv[1:])
