"""Words and letters behind a figure that multiply it, as exports and pages write them in many languages. Pure data."""

import unicodedata

_WORDS = {
    1_000: """
        k n t tsd tausend thousand tys tysiąc tysiące tysięcy bin mil mila mille miles тыс тысяча тысячи тысяч тис
        тисяча тисячі тисяч хил хиляди хиљ хиљада tis tisíc tisíce tisoč tisuća tūkst tuh tuhat tuhatta tn tusen tusind
        mie mii ezer duizend dzd χιλ χιλιάδες 千 천 ألف آلاف אלף हज़ार พัน nghìn ngàn rb ribu ہزار هزار হাজার হা milers libo
    """,
    10_000: "万 萬 만 หมื่น",
    100_000: "l lakh lakhs lac lacs लाख لاکھ লাখ লা แสน",
    1_000_000: """
        m mio mln mn mi mil. mill milj million millions millionen millón millones milione milioni milions milhão milhões
        miljoen miljoner miljoonaa milion miliony miliona milionów milionu milionů millió millioner milioane milyon млн
        мил миллион миллиона миллионов мільйон мільйона мільйонів милиона εκ εκατομμύρια 백만 مليون מיליון ล้าน tr triệu
        jt juta ملین میلیون মিলিয়ন
    """,
    10_000_000: "cr crore crores करोड़ کروڑ কোটি কো",
    100_000_000: "億 亿 억",
    1_000_000_000: """
        b bn bi md mrd mld mlrd mia billion billions milliarde milliarden milliards miliardi miliardy miljard milyar
        млрд δισ مليار מיליארד अरब ارب
    """,
}
# In the form of a number's text: NFKC, lower case. `mil.` with its full stop is a million of Czech, `mil` a thousand.
MULTIPLIERS = {
    unicodedata.normalize("NFKC", word).casefold(): multiplier
    for multiplier, words in _WORDS.items()
    for word in words.split()
}
