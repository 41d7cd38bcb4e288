"""The names that the common tools give the columns of their exports, in their languages."""

from calendar import month_abbr, month_name


def _split_names(text: str) -> tuple[str, ...]:
    """The names between bars, the usual ones first."""
    return tuple(" ".join(name.split()) for name in text.split("|"))


HEADERS: dict[str, tuple[str, ...]] = {
    "keyword": _split_names(
        """
        keyword | query | top queries | search term | search query | keyword phrase | phrase | key phrase
        | keyphrase | search keyword | suchbegriff | suchanfrage | häufigste suchanfragen | schlüsselwort
        | palabra clave | consulta | consultas principales | término de búsqueda | mot clé | mot-clé | requête
        | requêtes les plus fréquentes | principales requêtes | parola chiave | query principali
        | query più frequenti | palavra-chave | principais consultas | zoekwoord | zoekterm | zoekopdracht
        | populairste zoekopdrachten | słowo kluczowe | najczęstsze zapytania | najpopularniejsze zapytania
        | klíčové slovo | nejčastější dotazy | sökord | vanligaste frågorna | søgeord | søkeord | avainsana
        | anahtar kelime | en çok yapılan sorgular | kulcsszó | ключевое слово | ключевая фраза | запрос
        | популярные запросы | самые популярные запросы | ключове слово | キーワード | 上位のクエリ | 关键词
        | 关键字 | 關鍵字 | 키워드 | keywords | queries | search terms | search queries | suchbegriffe
        | suchanfragen | palabras clave | mots clés | mots-clés | requêtes | consultas | parole chiave
        | palavras-chave | zoekwoorden | słowa kluczowe | ключевые слова | запросы | term | top-suchanfragen
        | top suchanfragen | principales consultas | principales palabras clave | requêtes principales
        | principales mots clés | termes de recherche | terme de recherche | términos de búsqueda
        | termini di ricerca | termo de pesquisa | termos de pesquisa | principais pesquisas | populära sökfrågor
        | vanligaste sökfrågor | populære søgninger | populaire zoekopdrachten | meest voorkomende zoekopdrachten
        | topzoekopdrachten | najpopularniejsze słowa kluczowe | wyszukiwane hasło | hlavní dotazy | klíčová slova
        | kľúčové slovo | leggyakoribb lekérdezések | cele mai frecvente interogări | cuvânt cheie | cuvinte cheie
        | ключови думи | ключова дума | ключові слова | найпопулярніші запити | λέξη-κλειδί | λέξεις-κλειδιά
        | ερώτημα | anahtar kelimeler | popüler sorgular | en popüler sorgular | từ khóa | kata kunci | คำค้นหา
        | คีย์เวิร์ด | كلمة مفتاحية | الكلمة المفتاحية | كلمة رئيسية | الكلمة الرئيسية | الكلمات الرئيسية
        | מילת מפתח | מילות מפתח | कीवर्ड | 人気のクエリ | 検索キーワード | 検索クエリ | クエリ | 热门查询
        | 熱門查詢 | 查询 | 搜索词 | 搜尋字詞 | 關鍵詞 | 인기 검색어 | 검색어 | 쿼리 | populæreste forespørgsler
        | populære forespørgsler | vanligste søk | populære søk | yleisimmät haut | yleisimmät kyselyt
        | suosituimmat haut | leggyakoribb keresések | самые частые запросы
        | consultas más populares | consultas más frecuentes | consultas frecuentes | sorgu | sorgular
        | sık yapılan sorgular | arama terimi | arama terimleri | arama sorgusu | anahtar sözcük | keyword-phrase
        | keyword-idee | keyword idea | idée de mot clé | término | termine di ricerca | frase chiave
        | targeting keyword | organic keyword | suchwort | suchwörter | terme | consulta de búsqueda
        | requête de recherche
        | najčastejšie dopyty | najpogostejše poizvedbe | najčešći upiti | најчешћи упити | топ заявки
        | populiariausios užklausos | populārākie vaicājumi | populaarseimad päringud | consultes principals
        | cụm từ tìm kiếm hàng đầu | คำค้นหายอดนิยม | kueri teratas | κορυφαία ερωτήματα | أهم طلبات البحث
        | طلبات البحث | השאילתות המובילות | शीर्ष क्वेरी | क्वेरी | ključna riječ | ključna beseda | кључна реч
        | raktažodis | atslēgvārds | märksõna | paraula clau
        """
    ),
    "volume": _split_names(
        """
        volume | search volume | avg. monthly searches | avg monthly searches | average monthly searches
        | monthly searches | monthly volume | searches | sv | vol | search vol | avg. search volume
        | average search volume | minimum volume | suchvolumen | durchschnittl. suchanfragen pro monat
        | durchschnittliche suchanfragen pro monat | suchanfragen pro monat | volumen | volumen de búsqueda
        | promedio de búsquedas mensuales | media de búsquedas mensuales | volume de recherche
        | recherches mensuelles moyennes | nombre moy. de recherches mensuelles | volume di ricerca
        | media ricerche mensili | volume de pesquisa | volume de buscas | média de pesquisas mensais | zoekvolume
        | gem. aantal zoekopdrachten per maand | liczba wyszukiwań | śr. mies. liczba wyszukiwań | объем
        | частотность | global volume | min volume | max volume | hacim | arama hacmi | ortalama aylık arama sayısı
        | aylık arama hacmi | hledanost | objem vyhledávání | průměrný měsíční počet vyhledávání | hľadanosť
        | nbre moy. de recherches par mois | nombre moyen de recherches mensuelles | volume mensuel
        | recherches mensuelles | volume de recherches | volumen de búsquedas | volumen de busquedas
        | volumen mensual | búsquedas mensuales | prom. de búsquedas mensuales | volume di ricerche | volume mensile
        | volume mensal | volume de pesquisas | gemiddeld aantal maandelijkse zoekopdrachten | wolumen
        | wolumen wyszukiwań | sökvolym | søgevolumen | søkevolum | hakuvolyymi | hakumäärä | keresési volumen
        | volum de căutare | volum | объём | объем поиска | число запросов | показов в месяц | обсяг пошуку | обсяг
        | όγκος αναζήτησης | όγκος | lượng tìm kiếm | volume pencarian | حجم البحث | נפח חיפוש | ปริมาณการค้นหา
        | 検索ボリューム | 月間平均検索ボリューム | 月間検索ボリューム | 平均月間検索ボリューム | ボリューム
        | 月間検索数 | 検索数 | 검색량 | 월간 검색량 | 월평균 검색량 | 월간 평균 검색량 | 조회수 | 搜索量 | 月搜索量
        | 月均搜索量 | 平均每月搜索量 | 搜尋量 | 平均每月搜尋量 | 每月平均搜尋量 | msv | maximum volume
        | monthly search volume | частота | среднее число запросов в месяц | aylık ortalama arama sayısı
        | середня кількість запитів на місяць | gns. månedlige søgninger | search
        | durchschn. suchanfragen pro monat | monatliche suchanfragen | durchschnittliche monatliche suchanfragen
        | suchvolumen pro monat | monatliches suchvolumen | nombre moyen de recherches par mois
        | moyenne des recherches mensuelles | moy. recherches mensuelles | recherches mensuelles moy.
        | recherches par mois | volume de recherche mensuel | prom. búsquedas mensuales
        | búsquedas mensuales promedio | media de búsquedas al mes | búsquedas al mes | volumen de búsqueda mensual
        | ort. aylık arama sayısı | ort. aylık aramalar | ortalama aylık aramalar | aylık aramalar
        | aylık ort. arama | avg. monthly search volume | local volume | local search volume | global search volume
        | searches per month | ricerche medie mensili | volume di ricerca mensile
        | обем | обем на търсене | opseg pretraživanja | obseg iskanja | обим претраге | paieškų skaičius
        | meklēšanas apjoms | otsingumaht | volum de cerca | its volume
        """
    ),
    "difficulty": _split_names(
        """
        keyword difficulty | kd | kd % | kd% | difficulty | seo difficulty | keyword difficulty index
        | organic difficulty | keyword difficulty % | keyword-schwierigkeit | schwierigkeit | dificultad
        | difficulté | difficoltà | dificuldade | moeilijkheid | trudność | keywords difficulty | ranking difficulty
        | dificultad de la palabra clave | dificultad de palabras clave | dificultad kd | difficulté du mot clé
        | difficulté du mot-clé | difficulté des mots clés | difficoltà parola chiave
        | difficoltà della parola chiave | dificuldade da palavra-chave | dificuldade de palavra-chave
        | keyword-difficulty | schwierigkeitsgrad | schwierigkeitsgrad des keywords | zoekwoordmoeilijkheid
        | trudność słowa kluczowego | obtížnost | obtížnost klíčového slova | zorluk | anahtar kelime zorluğu
        | svårighetsgrad | sværhedsgrad | сложность | сложность ключевого слова | сложность слова | 難易度
        | キーワード難易度 | キーワードの難易度 | 난이도 | 키워드 난이도 | 难度 | 关键词难度 | 關鍵字難度 | 難度
        | moeilijkheidsgraad | moeilijkheidsgraad zoekwoord | sd | sd % | svårighet | vaikeus | nehézség
        | keyword-difficulty (kd) | seo schwierigkeit | seo-schwierigkeit | dificultad seo | difficulté seo
        | dificultad de palabra clave | difficoltà seo | dificuldade seo | dificuldade de seo
        | dificuldade das palavras-chave | сложность продвижения | складність | độ khó | δυσκολία | صعوبة
        | search difficulty | seo-difficulty | kw difficulty | difficulty score | zorluk derecesi
        """
    ),
    "cpc": _split_names(
        """
        cpc | cost per click | avg. cpc | average cpc | durchschn. cpc | durchschnittl. cpc
        | top of page bid (high range) | top of page bid (low range) | cpc $ | klickpreis
        | gebot für obere positionen (oberer bereich) | gebot für obere positionen (höchster bereich)
        | gebot für obere positionen (unterer bereich) | tbm | tıklama başına maliyet | coût par clic
        | coste por clic | costo por clic | costo per clic | custo por clique | kosten per klik | koszt kliknięcia
        | cena za proklik | цена за клик | クリック単価 | 클릭당 비용 | 每次点击费用 | 單次點擊出價
        | gebot für obere positionen | puja de la parte superior de la página | enchère de haut de page
        | offerta per la parte superiore della pagina | lance na parte superior da página | lance de topo de página
        | stawka za górę strony | bod bovenaan pagina | ставка для показа вверху страницы
        | ставка для показа вверху стр | ページ上部に掲載された広告の入札単価 | sayfa üst kısmı teklifi
        | kosten pro klick | tıklama başı maliyet
        """
    ),
    "intent": _split_names(
        """
        intent | intents | search intent | keyword intent | keyword intents | main intent | user intent
        | suchabsicht | suchintention | intención | intention | intentionen | intention de recherche
        | intención de búsqueda | intento | intento di ricerca | intenção | intenção de pesquisa | zoekintentie
        | intencja | amaç | интент | 検索意図 | 意図 | 의도 | 검색 의도 | 意图 | 搜索意图 | absicht
        | インテント | поисковый интент | намерение | намір | arama amacı | sökavsikt | záměr
        | arama niyeti | niyet | nutzerintention | search intent type
        """
    ),
    "country": _split_names(
        """
        country | location | country code | database | target country | region | land | datenbank | país | pays
        | paese | страна | kraj | země | ülke | paese o regione | 国 | 国家 | 국가 | 國家
        | ülke kodu | ländercode | code pays | código de país | market | markt | standort
        """
    ),
    "clicks": _split_names(
        """
        clicks | klicks | clics | clic | cliques | klikken | kliknięcia | kliky | klikk | kliknutí | klik
        | klikkaukset | tıklamalar | tıklama sayısı | клики | кліки | クリック数 | 点击次数 | 點擊次數 | 클릭수
        | kattintások | clicuri | κλικ | lượt nhấp | จำนวนคลิก | النقرات | קליקים | क्लिक
        | nombre de clics | número de clics | tıklama | organic clicks | url clicks
        | klick | kliknutia | klikovi | kliki | кликови | кликвания | paspaudimai | klikšķi | klikid
        | số lượt nhấp
        """
    ),
    "impressions": _split_names(
        """
        impressions | impressionen | impresiones | impressioni | impressões | vertoningen | wyświetlenia
        | zobrazení | zobrazenia | visningar | visninger | eksponeringer | näyttökerrat | gösterimler
        | gösterim sayısı | показы | покази | 表示回数 | 展示次数 | 展示 | 曝光次數 | 曝光 | 노출수 | 노출
        | megjelenítések | afișări | εμφανίσεις | lượt hiển thị | tayangan | การแสดงผล | مرات الظهور | חשיפות | इंप्रेशन
        | nombre d'impressions | número de impresiones | gösterim | impr.
        | prikazi | pojavljivanja | прикази | импресии | parodymai | seansi | näitamised | số lượt hiển thị
        """
    ),
    "position": _split_names(
        """
        position | average position | avg. position | avg position | durchschnittliche position | posición
        | posición media | position moyenne | posizione | posizione media | posição | posição média | positie
        | gemiddelde positie | pozycja | średnia pozycja | pozice | pozícia | placering | posisjon | sijainti
        | konum | ortalama konum | позиция | средняя позиция | позиція | 掲載順位 | 平均掲載順位 | 排名 | 平均排名
        | 게재순위 | 게재 순위 | pozíció | poziție | θέση | vị trí | posisi | อันดับ | الموضع | מיקום | स्थान
        | pos. | average rank | avg. rank | rang moyen | classement moyen | ortalama pozisyon
        | položaj | pozicija | позиција | pozīcija | positsioon | posició
        """
    ),
}
# Words in the names of other figures, whole and as they begin: of Search Console, ranks, competition, trends.
OTHER_WORDS = {
    "to",
    "pd",
    "ppc",
    "pps",
    "#",
    "no",
    "nr",
    "id",
    "line",
    "row",
    "ad",
    "bid",
    "paid",
    *map(str.casefold, [*month_name[1:], *month_abbr[1:]]),
}
OTHER_STEMS = (
    *("click", "klick", "clic", "clique", "klik", "kliknię", "tıklama", "prokl", "клик", "ctr", "rank", "yoy", "three"),
    *("impress", "impres", "impr", "zobraz", "wyświetl", "vertoning", "gösterim", "visning", "показ", "searches:"),
    *("position", "posi", "pozyc", "pozic", "konum", "pozíci", "позиц", "comp", "konkurr", "wettbewerb", "concurren"),
    *("concorren", "rekabet", "konkuren", "競合", "竞争", "경쟁", "trend", "tendance", "results", "traffic", "trafic"),
    *("tráfico", "traffico", "serp", "number", "cps", "date", "change", "priority", "score", "words", "length"),
    *("potential", "parent", "backlink", "点击", "點擊", "展示", "曝光", "排名", "クリック数", "表示回数", "掲載順位"),
    *(
        "클릭수",
        "노출",
        "게재",
        "änder",
        "veränder",
        "verander",
        "cambio",
        "varia",
        "évolu",
        "evolu",
        "altera",
        "zmian",
    ),
    *(
        "измен",
        "конкур",
        "推移",
        "変化",
        "变化",
        "變化",
        "변동",
        "ändring",
        "relevan",
        "result",
        "wyników",
        "aantal",
        "concorrê",
    ),
    *("klikrate", "placering", "sijainti", "ekspon", "näyttö", "visninger", "previous"),
    *("değiş", "session", "sesion", "sitzung", "oturum", "user", "pageview", "bounce", "conversion", "revenue"),
)
