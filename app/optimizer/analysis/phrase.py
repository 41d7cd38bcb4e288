"""Where the keyphrase of a document stands, and how often."""

from collections.abc import Sequence
from math import ceil

from app.core.languages import gettext, ngettext
from app.optimizer.analysis.judging import judged, not_applicable
from app.optimizer.analysis.keyphrase import Keyphrase
from app.optimizer.analysis.lexicon import UNSPACED, english, knows_forms, plain_letters
from app.optimizer.analysis.sentences import WORD, Sentence, sentence_spans
from app.optimizer.analysis.text import DocumentText, Passage
from app.optimizer.analysis.types import Assessment, Document, Group, Mark, Rating

SEO = Group.SEO
LEAST_DENSITY, MOST_DENSITY = 0.5, 3.0  # uses in 100 words, for a keyphrase of one word
LEAST_SHARE, MOST_SHARE = 30, 75  # of 100 headings
LONG_TEXT, SHORT_TEXT, VERY_SHORT_TEXT = 300, 100, 51
MOST_WORDS = {True: 4, False: 6}  # by whether words that say nothing are known
FAR_TOO_MANY = {True: 8, False: 9}
MANY_IMAGES = 5


def assess_phrase(document: Document, text: DocumentText, keyphrase: Keyphrase) -> list[Assessment]:
    """All assessments about the keyphrase. Without one, only that it is missing."""
    if not keyphrase:
        return [_missing()]
    return [
        _length(keyphrase),
        _in_introduction(text, keyphrase),
        _in_title(document, keyphrase),
        _in_slug(document, keyphrase),
        _in_description(document, keyphrase),
        _in_headings(text, keyphrase),
        _density(text, keyphrase),
        _in_alt_texts(document, text, keyphrase),
        _in_links(text, keyphrase),
        _used_before(document),
    ]


def _missing() -> Assessment:
    return judged(
        "keyphrase_length",
        SEO,
        gettext("Keyphrase"),
        Rating.BAD,
        gettext("No focus keyword is chosen, so nothing can be said about its use."),
        cure=gettext("Choose what people would search for to find this text."),
        field="focus_keywords",
        weight=4,
    )


def _length(keyphrase: Keyphrase) -> Assessment:
    is_english, count = keyphrase.language == "en", len(keyphrase.content)
    most, far = MOST_WORDS[is_english], FAR_TOO_MANY[is_english]
    if keyphrase.is_exact:
        count = len(keyphrase.words)
    rating = Rating.GOOD if count <= most else Rating.OK if count <= far else Rating.BAD
    return judged(
        "keyphrase_length",
        SEO,
        gettext("Keyphrase"),
        rating,
        ngettext("The keyphrase has %(num)s word that counts.", "The keyphrase has %(num)s words that count.", count),
        measured=count,
        cure=gettext("Shorten it to %(most)s words at most.", most=most),
        field="focus_keywords",
    )


def _in_introduction(text: DocumentText, keyphrase: Keyphrase) -> Assessment:
    first = next((passage for passage in text.prose if passage.word_count), None)
    uses = [sentence for sentence in first.sentences if keyphrase.count_in(sentence)] if first else []
    rating, says = Rating.BAD, gettext("The first paragraph does not have the keyphrase.")
    if uses:
        rating, says = Rating.GOOD, gettext("The first paragraph has the keyphrase.")
    elif first and keyphrase.share_in(first.text) == 1:
        rating, says = Rating.OK, gettext("The first paragraph has its words, but not in one sentence.")
    return judged(
        "keyphrase_in_introduction",
        SEO,
        gettext("Keyphrase in the first paragraph"),
        rating,
        says,
        cure=gettext("Say in the first paragraph what the text is about."),
        marks=_marks(first, uses) if first else (),
        weight=3,
    )


def _marks(passage: Passage, sentences: Sequence[Sentence]) -> list[Mark]:
    return [passage.mark_of(sentence) for sentence in sentences if passage.starts]


def _in_title(document: Document, keyphrase: Keyphrase) -> Assessment:
    title = document.shown_title
    place = keyphrase.position_in(title)
    rating, says = Rating.BAD, gettext("The title does not have all words of the keyphrase.")
    if place is not None and _begins(title[:place], keyphrase.language):
        rating, says = Rating.GOOD, gettext("The title begins with the keyphrase.")
    elif place is not None:
        rating, says = Rating.OK, gettext("The title has the keyphrase, but not at its beginning.")
    elif not keyphrase.is_exact and keyphrase.share_in(title) == 1:
        rating, says = Rating.OK, gettext("The title has the words of the keyphrase, but not word for word.")
    return judged(
        "keyphrase_in_title",
        SEO,
        gettext("Keyphrase in the title"),
        rating,
        says,
        cure=gettext("Begin the title with the keyphrase."),
        field="seo_title" if document.seo_title else "title",
        weight=3,
    )


def _begins(before: str, language: str) -> bool:
    """Whether nothing stands before but words that say nothing of the subject."""
    words = [word.casefold() for word in WORD.findall(before)]
    return not words or (language == "en" and all(word in english()["function"] for word in words))


def _in_slug(document: Document, keyphrase: Keyphrase) -> Assessment:
    words = plain_letters(document.slug).replace("-", " ").replace("_", " ")
    plain = Keyphrase(plain_letters(keyphrase.text), keyphrase.language, word_forms=keyphrase.word_forms)
    share = plain.share_in(words)
    is_short = len(plain.keys) <= 2
    rating = Rating.GOOD if (share == 1 if is_short else share > 0.5) else Rating.OK
    says = gettext("The slug has the keyphrase.") if rating is Rating.GOOD else gettext("The slug lacks the keyphrase.")
    if not document.slug:
        rating, says = Rating.BAD, gettext("There is no slug yet.")
    return judged(
        "keyphrase_in_slug",
        SEO,
        gettext("Keyphrase in the slug"),
        rating,
        says,
        measured=100 * share,
        cure=gettext("Use its words in the address, before the first publish: a new address needs a redirect."),
        field="slug",
    )


def _in_description(document: Document, keyphrase: Keyphrase) -> Assessment:
    description = " ".join(document.seo_description.split())
    spans = sentence_spans(description, keyphrase.language)
    sentences = [Sentence(description[start:end], start, keyphrase.language) for start, end in spans]
    count = sum(keyphrase.count_in(sentence) for sentence in sentences)
    says = gettext("The SEO description does not have the keyphrase.")
    if count:
        says = ngettext("It has the keyphrase %(num)s time.", "It has the keyphrase %(num)s times.", count)
    return judged(
        "keyphrase_in_description",
        SEO,
        gettext("Keyphrase in the SEO description"),
        Rating.GOOD if count in (1, 2) else Rating.BAD,
        says,
        measured=count,
        cure=gettext("Use it once: search results show it in bold.") if count < 2 else gettext("Once is enough."),
        field="seo_description",
    )


def _in_headings(text: DocumentText, keyphrase: Keyphrase) -> Assessment:
    name, headings = gettext("Keyphrase in subheadings"), [one for one in text.headings if one.level in (2, 3)]
    if not headings:
        return _without_headings(name, text)
    about = [one for one in headings if _reflects(one, keyphrase)]
    share = 100 * len(about) / len(headings)
    is_good = LEAST_SHARE <= share <= MOST_SHARE or (len(headings) == 1 and bool(about))
    return judged(
        "keyphrase_in_headings",
        SEO,
        name,
        Rating.GOOD if is_good else Rating.BAD,
        gettext("%(about)s of %(count)s subheadings reflect the keyphrase.", about=len(about), count=len(headings)),
        measured=share,
        cure=gettext("Say in some of them what the section has to do with the subject.")
        if share < LEAST_SHARE
        else gettext("Name other things: headings that all say the same do not help."),
        marks=[one.mark() for one in about if one.starts],
        weight=2,
        counts=share > MOST_SHARE and not is_good,
    )


def _reflects(heading: Passage, keyphrase: Keyphrase) -> bool:
    share = keyphrase.share_in(heading.text)
    return share >= 0.5 if keyphrase.language == "en" else share == 1


def _without_headings(name: str, text: DocumentText) -> Assessment:
    is_long = text.word_count > LONG_TEXT
    says = gettext("There are no subheadings.") if is_long else gettext("The text is short enough without subheadings.")
    cure = gettext("Divide the text by subheadings that say what follows.")
    rating = Rating.BAD if is_long else Rating.GOOD
    return judged("keyphrase_in_headings", SEO, name, rating, says, measured=0, cure=cure, weight=2, counts=False)


def bounds_of_use(words: int, phrase_words: int) -> tuple[int, int]:
    """The fewest and the most uses of a keyphrase of so many words in a text of so many words."""
    by_length = words / (100 * (0.7 + phrase_words / 3))
    if words < SHORT_TEXT:
        return 1, 1 if words < VERY_SHORT_TEXT else 2
    fewest = max(2, ceil(LEAST_DENSITY * by_length))
    return fewest, max(fewest, int(MOST_DENSITY * by_length))


def _density(text: DocumentText, keyphrase: Keyphrase) -> Assessment:
    uses = [(passage, sentence, keyphrase.count_in(sentence)) for passage, sentence in text.sentences()]
    count = sum(use[2] for use in uses)
    fewest, most = bounds_of_use(text.word_count, len(keyphrase.content))
    is_over = count > most
    rating = Rating.BAD if is_over or count < fewest else Rating.GOOD
    return judged(
        "keyphrase_density",
        SEO,
        gettext("Use of the keyphrase"),
        rating,
        ngettext("The text has the keyphrase %(num)s time.", "The text has the keyphrase %(num)s times.", count),
        measured=count,
        cure=ngettext(
            "Use it %(num)s time at most, and other words for the rest.",
            "Use it %(num)s times at most, and other words for the rest.",
            most,
        )
        if is_over
        else ngettext(
            "%(num)s time is usual for this length; what the text covers matters more.",
            "%(num)s times are usual for this length; what the text covers matters more.",
            fewest,
        ),
        marks=[passage.mark_of(sentence) for passage, sentence, times in uses if times and passage.starts],
        weight=3,
        counts=is_over,
    )


def _in_alt_texts(document: Document, text: DocumentText, keyphrase: Keyphrase) -> Assessment:
    name = gettext("Keyphrase in alternative texts")
    alts = [image.alt or "" for image in text.images] + [image.alt for image in document.images]
    if not alts:
        return judged(
            "keyphrase_in_alt_texts",
            SEO,
            name,
            Rating.BAD,
            gettext("There are no images."),
            cure=gettext("Add an image that shows the subject."),
        )
    count = sum(keyphrase.share_in(alt) >= 0.5 for alt in alts)
    is_good = count > 0 if len(alts) < MANY_IMAGES else LEAST_SHARE <= 100 * count / len(alts) <= MOST_SHARE
    is_good = is_good or (len(alts) == MANY_IMAGES and 2 <= count <= 4)
    return judged(
        "keyphrase_in_alt_texts",
        SEO,
        name,
        Rating.GOOD if is_good else Rating.OK,
        gettext("%(count)s of %(all)s alternative texts have the keyphrase.", count=count, all=len(alts)),
        measured=count,
        cure=gettext("Where an image shows the subject, say so in its alternative text."),
    )


def _in_links(text: DocumentText, keyphrase: Keyphrase) -> Assessment:
    marks = [link.mark for link in text.links if _is_about(link.words, keyphrase)]
    return judged(
        "competing_links",
        SEO,
        gettext("Links on the keyphrase"),
        Rating.BAD if marks else Rating.GOOD,
        ngettext(
            "%(num)s link elsewhere has the keyphrase as its words.",
            "%(num)s links have it as their words.",
            len(marks),
        )
        if marks
        else gettext("No link leads elsewhere by the keyphrase."),
        measured=len(marks),
        cure=gettext(
            "Use other words for the link: these tell search engines that the other page is about the subject."
        ),
        marks=marks,
    )


def _is_about(words: str, keyphrase: Keyphrase) -> bool:
    other = Keyphrase(words, keyphrase.language, word_forms=keyphrase.word_forms)
    return bool(other) and set(other.keys) == set(keyphrase.keys)


def _used_before(document: Document) -> Assessment:
    name, count = gettext("Keyphrase used elsewhere"), document.used_before
    if count is None:
        return not_applicable("keyphrase_used_elsewhere", SEO, name, gettext("Other contents were not looked at."))
    says = gettext("No other content of the site has this keyphrase.")
    if count:
        says = ngettext(
            "%(num)s other content has this keyphrase.", "%(num)s other contents have this keyphrase.", count
        )
    return judged(
        "keyphrase_used_elsewhere",
        SEO,
        name,
        Rating.GOOD if not count else Rating.OK if count == 1 else Rating.BAD,
        says,
        measured=count,
        cure=gettext("Give each content a keyphrase of its own, or merge them: they compete with each other."),
        field="focus_keywords",
        weight=2,
    )


def forms_note(language: str) -> str:
    """What is not recognised of a keyphrase in this language; empty for none."""
    if language in UNSPACED or knows_forms(language):
        return ""
    return gettext("Other forms of the keyphrase's words are not recognised in this language.")
