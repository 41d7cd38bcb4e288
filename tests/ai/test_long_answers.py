"""Answers that are made to hold up whoever reads them: no reader takes the square of their length."""

import json
import subprocess
import sys

LETTERS = 200_000
SECONDS = 5

# A name, and Python that makes the text of `n` letters.
HOSTILE = {
    "quotes that are escaped": """'{"content_html": "x"x", "b": "' + '\\\\"' * (n // 2) + '}'""",
    "line ends after a lead-in": """'Here:' + '\\n' * n + 'x'""",
    "a fence of spaces": """'```' + ' ' * n + 'x'""",
    "fences": """'```\\n' * (n // 4)""",
    "comments": """'{ ' + '# ' * (n // 2) + '}'""",
    "words without quotes": """'{' + 'a: b, ' * (n // 6) + '}'""",
    "half a fence within a line": """"'''" + ' ' * n + 'x'""",
    "a heading of spaces": """'# x' + ' ' * n + 'x'""",
    "spaces": """' ' * n + 'x'""",
}
READ = """
import sys, time
from app.ai.answers import Answer
from app.ai.client.json_answers import NoAnswer, is_whole, read_answer
from app.ai.partial_answers import words_so_far
from app.ai.markup.answer_fields import fields_of_article
from app.ai.markup.answer_html import bare, plain_line, title_at_the_top
from app.ai.markup.html_blocks import _paragraphs
from app.ai.tasks.draft import DraftAnswer

n = int(sys.argv[1])
texts = eval(sys.argv[2])

def read(text):
    try:
        read_answer(text, DraftAnswer)
    except NoAnswer:
        pass

def shown(text):
    list(_paragraphs(text))

for name, text in texts.items():
    for reader in (read, is_whole, words_so_far, fields_of_article, bare, title_at_the_top, plain_line, shown):
        began = time.process_time()
        reader(text)
        print(f"{time.process_time() - began:.2f} {reader.__name__}: {name}")
"""


def test_no_reader_takes_the_square_of_a_hostile_answer() -> None:
    texts = "{" + ", ".join(f"{json.dumps(name)}: {made}" for name, made in HOSTILE.items()) + "}"
    done = subprocess.run(
        [sys.executable, "-c", READ, str(LETTERS), texts], capture_output=True, text=True, timeout=120, check=True
    )
    lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert len(lines) == 8 * len(HOSTILE)
    assert [name for seconds, name in lines if float(seconds) > SECONDS] == []
