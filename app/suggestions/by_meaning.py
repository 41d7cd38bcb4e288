"""Clusters for titles that share no words with any keyword, found by meaning. Commits as it goes."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.ai.builtin.matching import Match
from app.core.extensions import db
from app.core.runs import Run
from app.meaning import title_vectors
from app.meaning.services import embedding_model_for, points_of

LEAST_ALIKE = 0.4
KEYWORDS_OF_ONE, MOST_KEYWORDS = 10, 3000
TEXTS_AT_ONCE, NEAR_CLUSTERS, MOST_READ = 50, 6, 3000
Text = tuple[int, str]
Topics = Mapping[int, Sequence[str]]


def matches(run: Run, texts: Sequence[Text], topics: Topics) -> dict[int, Match]:
    """For each title, by its id, the cluster with the most similar keyword; none when all are far from it.

    `topics` has the name and keywords of each cluster, the most characteristic first. Model calls are counted for the
    run. Of very many clusters, only those whose names are nearest to a title are compared.
    """
    if not texts or sum(min(len(words), KEYWORDS_OF_ONE) for words in topics.values()) <= MOST_KEYWORDS:
        return _best_by_meaning(run, texts, topics)
    best: dict[int, Match] = {}
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts[start : start + TEXTS_AT_ONCE]
        best |= _best_by_meaning(run, part, _near_topics(run, part, topics))
    return best


def _near_topics(run: Run, texts: Sequence[Text], topics: Topics) -> Topics:
    """The clusters whose names are nearest to these titles; none without an embedding model."""
    model = embedding_model_for(run.account_id, run.id)
    if model is None or run.site_id is None:
        return {}
    names = {("cluster", number): words[0] for number, words in topics.items() if words and words[0].strip()}
    title_vectors.refresh_vectors(run.account_id, run.site_id, ["cluster"], names, model, MOST_READ)
    vectors = title_vectors.vectors_of(run.account_id, [text for _id, text in texts], model)
    nearest = title_vectors.nearest(run.account_id, run.site_id, ["cluster"], model.name, vectors, NEAR_CLUSTERS)
    db.session.commit()
    return {near.key[1]: topics[near.key[1]] for found in nearest for near in found if near.key[1] in topics}


def _best_by_meaning(run: Run, texts: Sequence[Text], topics: Topics) -> dict[int, Match]:
    pairs = [
        (topic, keyword)
        for topic, keywords in topics.items()
        for keyword in keywords[:KEYWORDS_OF_ONE]
        if keyword.strip()
    ]
    if not pairs or not texts:
        return {}
    asked = [keyword for _topic, keyword in pairs] + [text for _id, text in texts]
    points = points_of(run.account_id, asked, run_id=run.id)
    likeness = points.likeness(np.arange(len(pairs), len(points)), np.arange(len(pairs)))
    best_by_text = {}
    for row, (text_id, _text) in enumerate(texts):
        best = int(likeness[row].argmax())
        if (alike := float(likeness[row, best])) >= LEAST_ALIKE:
            topic, keyword = pairs[best]
            best_by_text[text_id] = Match(topic, min(100, round(100 * alike)), keyword)
    return best_by_text
