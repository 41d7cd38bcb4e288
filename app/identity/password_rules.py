"""What makes a password good enough, and in which form it is hashed.

How soon it would be guessed is worked out by zxcvbn, whose lists of common passwords, names and words come with the
package; what the person is called is added to them. Nothing is asked of anybody else.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable

from zxcvbn import zxcvbn

from app.core.errors import DomainError
from app.core.languages import gettext

MIN_PASSWORD = 10
MAX_PASSWORD = 200
BRAND = "igny8"
LEAST_SCORE = 3  # of 4: more than 10^8 guesses
LEAST_SCORE_OF_REST = 2  # more than 10^6, for what is not made of the person's own words
LOOKED_AT = 72  # characters; the work grows with their square
MAX_WORDS = 60
_LOOK_ALIKES = str.maketrans(
    "аеорсухіѕјкмтнвԁԛԝһьгпбαορνικτυεАЕОРСУХІЅЈКМТНВԚԜΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjkmthbdqwhbrnbaopviktueAEOPCYXISJKMTHBQWABEZHIKMNOPTYX",
)
_SEASONS = re.compile(  # and a saying that is known from a comic: with figures, what comes before and after all this
    r"spring|summer|autumn|fall|winter|fr(?:ue|u)hling|sommer|herbst|printemps|ete|automne|hiver|primavera|verano|otono"
    r"|invierno|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|correct\W*horse\W*battery\W*staple",
    re.IGNORECASE,
)
MOST_FIGURES = 8  # of a date; with more of them it is a number that nobody guesses
_one_at_a_time = threading.Lock()  # zxcvbn keeps the words of a call in a global


def normalise_password(password: str) -> str:
    """The form that is hashed: NFC, so that `é` is the same from every keyboard."""
    return unicodedata.normalize("NFC", password)


def possible_forms(password: str) -> list[str]:
    """What a hash that is kept may have been made of: the normal form, then as typed, then as keyboards of Macs do."""
    candidates = (normalise_password(password), password, unicodedata.normalize("NFD", password))
    return [form[:MAX_PASSWORD] for form in dict.fromkeys(candidates)]


def check_new_password(password: str, about: Iterable[str] = ()) -> None:
    """Raise DomainError for a normalised password that is too short, too long, or soon guessed.

    `about` are names and addresses of the person, their accounts and sites.
    """
    if len(password) < MIN_PASSWORD:
        raise DomainError(
            gettext("The password needs at least %(min_password)s characters.", min_password=MIN_PASSWORD),
            code="PASSWORD_SHORT",
            field="password",
        )
    if len(password) > MAX_PASSWORD:
        raise DomainError(
            gettext("The password may have at most %(max_password)s characters.", max_password=MAX_PASSWORD),
            code="PASSWORD_LONG",
            field="password",
        )
    words = _words([BRAND, *about])
    readings = _readings(password)
    if any(_is_season(reading) or _score(reading, []) < LEAST_SCORE for reading in readings) or _is_split(readings[-1]):
        raise _too_easy_error(gettext("This password is among those that are tried first."))
    if any(_is_made_of(reading, words) for reading in readings):
        raise _too_easy_error(gettext("Who knows your name, address, account or site guesses this password soon."))


def _readings(password: str) -> list[str]:
    """The password, and what it says: signs that look like Latin letters as those, `p a s s` in one, no accents."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", password).translate(_LOOK_ALIKES))
    plain = "".join(sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))
    parts = re.split(r"[\W_]+", plain)
    has_one_separator = len(set(re.findall(r"[\W_]+", plain))) == 1
    is_spelled = has_one_separator and sum(len(part) == 1 for part in parts) > len(parts) / 2
    return list(dict.fromkeys([password, plain, "".join(parts) if is_spelled else plain]))


def _is_season(reading: str) -> bool:
    """True for a season, month or day with figures, such as `Autumn-2026!`."""
    rest = _SEASONS.sub("", reading)
    return rest != reading and not re.search(r"[^\W\d_]", rest) and len(re.sub(r"\D", "", rest)) <= MOST_FIGURES


def _is_split(reading: str) -> bool:
    """True for one of the very first guesses with blanks in it; a phrase of several words is more than that."""
    return " " in reading and _score("".join(reading.split()), []) == 0


def _is_made_of(reading: str, words: list[str]) -> bool:
    rest = _without(reading, words)
    return _score(reading, words) < LEAST_SCORE or (rest != reading and _score(rest, []) < LEAST_SCORE_OF_REST)


def _score(password: str, words: list[str]) -> int:
    with _one_at_a_time:
        return int(zxcvbn(password[:LOOKED_AT], user_inputs=words)["score"])


def _too_easy_error(message: str) -> DomainError:
    return DomainError(
        message,
        code="PASSWORD_COMMON",
        field="password",
        cure=gettext(
            "Take several words that have nothing to do with each other, or one that a password manager makes."
        ),
    )


def _without(password: str, words: list[str]) -> str:
    """The password without the parts that others know of the person."""
    long_words = sorted((word for word in words if len(word) > 3), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, long_words)), "", password, flags=re.IGNORECASE) if long_words else password


def _words(about: Iterable[str]) -> list[str]:
    """Each text, its parts, and its parts in one: `anna.k@example.com` gives that, anna, example, com, …"""
    unique_words: dict[str, None] = {}
    for text in about:
        parts = re.findall(r"\w+", text.lower())
        for word in (text.lower(), "".join(parts), *parts):
            if len(word) > 2:
                unique_words[word] = None
    return list(unique_words)[:MAX_WORDS]
