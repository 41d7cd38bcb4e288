"""English words that say nothing about a topic: those of the Glasgow Information Retrieval Group.

They are the ones that scikit-learn has. That is 70 MB of memory, and most processes need nothing else of it.
"""

from pathlib import Path

ENGLISH_STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
