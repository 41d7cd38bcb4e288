"""Words that searchers use for each other, as one: where a vector sees two things, editors see one page. Pure.

Few, and of any trade: the same thing in British and American English, and what does a sum, in several languages. Two
words that mean the same in one trade alone are for the model to find, and a word with another sense elsewhere stands
with its neighbour: trainers of dogs are no shoes.
"""

import re

# One line for each: the word that is taken, and those it is taken for.
_SAME = """
    shoes: sneakers, footwear
    shoe: sneaker
    running shoes: running trainers
    walking shoes: walking trainers
    tennis shoes: tennis trainers
    gym shoes: gym trainers
    sofa: settee
    refrigerator: fridge
    cell phone: mobile phone, smartphone
    cheap: affordable, inexpensive, low cost, low-cost, budget-friendly
    calculator: calculate, calculation, berekenen, berekening, berechnen, rechner, calculadora, calcular, calculateur
    calculator: simulateur, simulador, simulatore, kalkulator, kalkulačka, kalkylator, калькулятор, рассчитать
"""
_TAKEN_FOR = {
    other.strip(): word.strip()
    for line in _SAME.strip().splitlines()
    for word, _, others in [line.partition(":")]
    for other in others.split(",")
}
_ANY = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _TAKEN_FOR), key=len, reverse=True))})\b")


def with_one_word_each(text: str) -> str:
    """The casefolded text with one word for each of the same meaning."""
    return _ANY.sub(lambda match: _TAKEN_FOR[match.group()], text.casefold())
