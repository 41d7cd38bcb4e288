"""The word lists of `words.toml`."""

import tomllib
from pathlib import Path

WORD_LISTS = {
    name: frozenset(words.split())
    for name, words in tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8")).items()
}
