"""A process that clusters nothing does not hold the library for it; its stop words are kept apart from it."""

import subprocess
import sys

from app.ai.builtin.stop_words import ENGLISH_STOP_WORDS


def test_the_words_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS as OF_SKLEARN  # a second that other tests go without

    assert ENGLISH_STOP_WORDS == OF_SKLEARN


def test_the_application_starts_without_scikit_learn() -> None:
    code = "import sys, app.features, jobs; print(sorted({'sklearn', 'scipy.stats'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
