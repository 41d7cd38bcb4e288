"""Countries as exports of any tool and language write them."""

import pytest

from app.planner.keywords import values


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "NA") for text in ("NA", "na", "Namibia")),
        *((text, "GB") for text in ("uk", "GB", "GB-en", "en-GB", "google.co.uk", "London,England,United Kingdom")),
        *((text, "US") for text in ("ＵＳ", "mobile-us", "USA", "The United States", "Google.com (USA)")),
        *((text, "DE") for text in ("DEU", "Deutschland", "Allemagne", "Germany - German", "Berlin, Germany")),
        *((text, "RU") for text in ("Россия", "Russian Federation", "Russland")),
        *((text, "CI") for text in ("Côte d'Ivoire", "Côte d’Ivoire", "Ivory Coast")),
        *((text, "TR") for text in ("Turkey", "Türkiye", "Турция")),
        ("日本", "JP"),
        ("Ελλάδα", "GR"),
        ("Bosnia and Herzegovina", "BA"),
        ("\u200fمصر", "EG"),
    ],
)
def test_countries_by_code_and_name(text: str, code: str) -> None:
    assert values.country(text) == code


@pytest.mark.parametrize("text", ["", "-", "n/a", "(not set)", "Worldwide", "global", "All locations"])
def test_no_country_is_said(text: str) -> None:
    assert values.country(text) is None


@pytest.mark.parametrize("text", ["XX", "Atlantis", "English", "zz", "a, b", "()", "United Statesia", ","])
def test_what_is_no_country_is_refused(text: str) -> None:
    with pytest.raises(values.BadValue):
        values.country(text)
