"""Columns are known by the names of many languages; figures under an unknown name are asked about."""

import pytest

from app.planner.imports.columns import sniff_columns
from app.planner.imports.tables import read_table


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("キーワード,検索ボリューム,KD", "keyword volume difficulty"),
        ("キーワード,通貨,月間平均検索ボリューム", "keyword - volume"),
        ("키워드,검색량", "keyword volume"),
        ("关键词,搜索量", "keyword volume"),
        ("anahtar kelime,hacim", "keyword volume"),
        ("Klíčové slovo,Hledanost", "keyword volume"),
        ("Mot clé,Nbre moy. de recherches par mois,Difficulté du mot clé", "keyword volume difficulty"),
        ("Palabra clave,Volumen de búsquedas,Dificultad de la palabra clave", "keyword volume difficulty"),
        ("Keyword,Min Volume,Max Volume,Difficulty", "keyword volume - difficulty"),
        ("热门查询,点击次数,展示", "keyword clicks impressions"),
        ("인기 검색어,클릭수,노출", "keyword clicks impressions"),
        ("人気のクエリ,クリック数,表示回数", "keyword clicks impressions"),
        ("上位のクエリ,クリック数,表示回数", "keyword clicks impressions"),
        ("Top-Suchanfragen,Klicks,Impressionen", "keyword clicks impressions"),
        ("Principales consultas,Clics,Impresiones", "keyword clicks impressions"),
        ("ANAHTAR KELİME,AYLIK ARAMA HACMİ,ZORLUK", "keyword volume difficulty"),
        ("Mot cle,Volume,Difficulte", "keyword volume difficulty"),
        ("Palabra clave,Volumen,Dificultad de palabra clave %", "keyword volume difficulty"),
        ("Keyword,Search,CPC,PPC,KD", "keyword volume cpc - difficulty"),
        ("Keyword,Suchvolumen,SEO Schwierigkeit,PD", "keyword volume difficulty -"),
        ("Keywords,Avg. Search Volume (Last 12 Months),CPC (Low Bid) USD,CPC (High Bid) USD", "keyword volume - cpc"),
        ("keyword,keyword_info.search_volume,search_intent_info.main_intent", "keyword volume intent"),
        ("キーワード,インテント,ボリューム", "keyword intent volume"),
        ("Keyword,Currency,Moyenne des recherches mensuelles,Concurrence", "keyword - volume -"),
        ("Anahtar kelime,Ort. aylık arama sayısı,Ort. TBM,Ort. konum", "keyword volume cpc position"),
        ("Suchanfrage,Klicks gesamt,Durchschn. Position,Ø CPC", "keyword clicks position cpc"),
        ("Consultas más frecuentes,Número de clics,Posición promedio", "keyword clicks position"),
        ("Sık yapılan sorgular,Tıklama,Gösterim,Ortalama konum", "keyword clicks impressions position"),
        ("Keyword-Phrase,Monatliche Suchanfragen,Suchvolumen gesamt", "keyword volume -"),
        ("No,Keywords,Volume,Search Difficulty,Paid Difficulty", "- keyword volume difficulty -"),
    ],
)
def test_knows_the_names_of_columns(header: str, expected: str) -> None:
    found = {index: field for field, index in sniff_columns(header.split(",")).items()}
    assert [found.get(index, "-") for index in range(header.count(",") + 1)] == expected.split()


@pytest.mark.parametrize("name", ["Clics", "Klicks", "Clicks", "Impresiones", "Last 28 days Clicks", "クリック数"])
def test_clicks_are_never_taken_for_the_volume(name: str) -> None:
    for header in ("Keyword", "Some unknown name"):
        assert "volume" not in read_table(f"{header};{name}\ncoffee;1\ntea;2\n".encode()).mapping


def test_figures_under_an_unknown_name_are_asked_about() -> None:
    table = read_table(b"Keyword,Popularity of it,Notes\ncoffee,100,x\ntea,20,y\n")
    assert table.needs_check
    assert "“Popularity of it”" in table.notes[0]


@pytest.mark.parametrize(
    "header",
    ["Top queries,Clicks,Impressions,CTR,Position", "Keyword,Volume,Trend,Competitive Density,Number of Results"],
)
def test_figures_that_have_no_use_are_not_asked_about(header: str) -> None:
    assert not read_table(f"{header}\ncoffee,1,2,3,4\ntea,1,2,3,4\n".encode()).needs_check
