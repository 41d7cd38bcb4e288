"""The analysis of one document."""

from collections.abc import Collection, Sequence

from app.ai.builtin.languages import language_of
from app.optimizer.analysis.coverage import Alike, assess_coverage, cover_wanted
from app.optimizer.analysis.engagement import assess_engagement
from app.optimizer.analysis.keyphrase import Keyphrase, without_repeats
from app.optimizer.analysis.page import assess_page
from app.optimizer.analysis.phrase import assess_phrase
from app.optimizer.analysis.readability import assess_readability
from app.optimizer.analysis.text import DocumentText, read_document
from app.optimizer.analysis.types import AnalysisReport, Assessment, Document, Group, Scores

VERSION = 3  # raise it whenever a rating or a score may come out differently: all contents are scored again
SHARES = {Group.SEO: 45, Group.READABILITY: 35, Group.ENGAGEMENT: 20}  # of the overall score
MOST_READ = 20_000  # characters that tell the language


def analyse(
    document: Document, *, dismissed: Collection[str] = (), word_forms: bool = True, alike: Alike | None = None
) -> AnalysisReport:
    """All assessments of a document and its scores, without those that a person `dismissed`, by their keys.

    Scores are made of the text without each place that has the keyphrase word for word, whatever else stands there:
    repeating it makes none higher. Without `word_forms` only the spelling of the keyphrase counts; with `alike` what
    the text says in other words is covered too.
    """
    language = document.language or language_of_document(document)
    text = read_document(document.html, language)
    keyphrase = Keyphrase(document.keyphrase, language, word_forms=word_forms)
    about_phrase = assess_phrase(document, text, keyphrase)
    plain = without_repeats(text, keyphrase) if keyphrase else text
    coverage = cover_wanted(text, keyphrase, document.wanted, said=document.said, alike=alike)
    about_phrase = [*assess_coverage(coverage), *about_phrase]
    shown = [*about_phrase, *_assess_text(document, text, language)]
    counted = [*about_phrase, *_assess_text(document, plain, language)] if keyphrase else shown
    scores = scores_of([one for one in counted if one.key not in dismissed])
    return AnalysisReport(shown, scores, language, text.word_count, VERSION, coverage)


def language_of_document(document: Document) -> str:
    """The language of its text, title and keyphrase together."""
    passages = read_document(document.html[: 4 * MOST_READ], "").passages
    return language_of([document.title, document.keyphrase, *(passage.text for passage in passages)])


def _assess_text(document: Document, text: DocumentText, language: str) -> list[Assessment]:
    return [
        *assess_page(document, text),
        *assess_readability(text, language),
        *assess_engagement(document, text, language),
    ]


def scores_of(assessments: Sequence[Assessment]) -> Scores:
    """The score of each group, the mean of what applies by weight, and the mean of the groups by SHARES."""
    by_group = {group: _mean([one for one in assessments if one.group is group]) for group in Group}
    shares = {group: SHARES[group] for group, score in by_group.items() if score is not None}
    overall = sum((by_group[group] or 0) * share for group, share in shares.items()) / (sum(shares.values()) or 1)
    return Scores(
        by_group[Group.SEO], by_group[Group.READABILITY], by_group[Group.ENGAGEMENT], round(overall) if shares else None
    )


def _mean(assessments: Sequence[Assessment]) -> int | None:
    weighed = [(one.score, one.weight) for one in assessments if one.score is not None and one.counts]
    weights = sum(weight for _score, weight in weighed)
    return round(sum(score * weight for score, weight in weighed) / weights) if weights else None
