"""The bytes of an export become text: the encoding that is guessed, and what is refused as no text."""

import pytest

from app.core.errors import DomainError
from app.planner.keyword_text import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Популярные запросы;Клики;CTR\nкофе;1;1%\nкофе в зёрнах;1;1%\n"),
        ("cp1251", "Keyword;Country;Volume\nкофе;ru;1\nusb-кабель;ru;2\n"),
        ("cp1253", "Keyword,Country,Volume\nκαφές,gr,3\nτσάι πράσινο,gr,2\n"),
        ("cp1255", "Keyword,Country,Volume\nקפה,IL,10\nתה ירוק,IL,20\n"),
        ("cp1256", "Keyword;Country;Volume\nقهوة;AE;1\nشاي أخضر;AE;2\n"),
        ("cp874", "Keyword,Volume,Intent\nกาแฟ,10,I\nชาเขียว,2,I\nเคส iphone,3,C\n"),
        ("cp949", "키워드,Country,Volume\n커피,KR,1\n커피 머신,KR,2\n"),
        ("gb18030", "关键词,Country,Volume\n咖啡,CN,1\n咖啡机,CN,2\n"),
        ("big5", "關鍵字,Country,搜尋量\n咖啡,TW,10\n咖啡機 推薦,TW,20\n"),
        ("cp932", '上位のクエリ,クリック数,CTR\nコーヒー 豆,"3,400",3.5%\n表示 ソ 能,1,50%\n'),
        ("cp932", "Keyword,Country\niphoneケース,jp\nノートpc,jp\nカフェ・東京,jp\n"),
        ("euc-jp", "キーワード,Country,Volume\nコーヒー 豆,jp,2\n珈琲 通販,jp,1\n"),
        ("koi8-r", "Ключевое слово;Country;Частотность\nкупить кофе;ru;100\nчай;ru;2\n"),
        ("cp1250", "Keyword;Country\n" + "kawa żółta;PL\nłóżko;PL\nściana;PL\n" * 60),
        ("cp1252", "Mot clé;Volume\nl’eau chaude;1\nd’été;2\ncafé crème;3\n"),
        ("cp1252", "Keyword;Volume\ngröße;1\nstraße;2\nüber uns;3\nÄrger;4\n"),
        ("cp1254", "anahtar kelime;hacim\nkahve çekirdeği;10\nşişe;20\n"),
        ("mac-roman", "Mot clé;Volume\rcafé crème;10\rthé à la menthe;20\r"),
    ],
)
def test_guesses_the_encoding_with_latin_cells_beside(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, encoding, True)


def test_text_in_an_unknown_encoding_is_shown_rather_than_refused() -> None:
    data = b"Keyword,Volume\n" + bytes([*range(0x80, 0x100)]) * 3 + b",1\n"
    assert decode(data).guessed
    assert decode("コーヒー豆,1\n".encode("cp932") * 50, "utf-8").notes


@pytest.mark.parametrize("data", [b"a\0\x01\0\xff\x02\0\x03" * 30, bytes(range(256)) * 40])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(DomainError, match="binary data"):
        decode(data)
