"""The few words of built pages that nobody typed: names of pages, headings and buttons, in the language of the site.

Where a language is missing here, they are English, and the person changes them.
"""

from collections.abc import Mapping

_NAMES = (
    "home",
    "about",
    "services",
    "products",
    "blog",
    "contact",
    "prices",
    "questions",
    "work",
    "jobs",
    "offer",
    "more",
    "enquiries",
    "enquiries_button",
    "bookings",
    "bookings_button",
    "sales",
    "sales_button",
    "newest",
    "for_whom",
)
_TEXTS = {
    "en": (
        "Home|About us|Services|Products|Blog|Contact|Prices|Questions and answers|Our work|Jobs|What we offer|"
        "Read more|Tell us what you need|Contact us|Find a time that suits you|Make an appointment|See what there is|"
        "See the products|Newest posts|Who it is for"
    ),
    "de": (
        "Startseite|Über uns|Leistungen|Produkte|Blog|Kontakt|Preise|Fragen und Antworten|Arbeiten|Jobs|Was wir bieten|"
        "Mehr lesen|Sagen Sie uns, was Sie brauchen|Kontakt aufnehmen|Finden Sie einen passenden Termin|"
        "Termin vereinbaren|Sehen Sie sich um|Zu den Produkten|Neueste Beiträge|Für wen"
    ),
    "fr": (
        "Accueil|À propos|Services|Produits|Blog|Contact|Tarifs|Questions et réponses|Réalisations|Emplois|"
        "Ce que nous proposons|En savoir plus|Dites-nous ce qu’il vous faut|Nous contacter|Trouvez un moment qui vous "
        "convient|Prendre rendez-vous|Découvrez notre offre|Voir les produits|Derniers articles|Pour qui"
    ),
    "es": (
        "Inicio|Quiénes somos|Servicios|Productos|Blog|Contacto|Precios|Preguntas y respuestas|Trabajos|Empleo|"
        "Qué ofrecemos|Leer más|Díganos qué necesita|Contactar|Encuentre la hora que le convenga|Pedir cita|"
        "Descubra lo que hay|Ver los productos|Últimas entradas|Para quién"
    ),
    "ur": (
        "صفحہ اول|ہمارے بارے میں|خدمات|مصنوعات|بلاگ|رابطہ|قیمتیں|سوال و جواب|ہمارا کام|ملازمتیں|ہم کیا پیش کرتے ہیں|"
        "مزید پڑھیں|بتائیں آپ کو کیا چاہیے|ہم سے رابطہ کریں|مناسب وقت چنیں|ملاقات طے کریں|دیکھیں کیا دستیاب ہے|"
        "مصنوعات دیکھیں|تازہ تحریریں|کس کے لیے"
    ),
}
LANGUAGES_WITH_WORDS = tuple(_TEXTS)


def words_in(language: str) -> Mapping[str, str]:
    """The words by name, in this language or in English."""
    text = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
    return dict(zip(_NAMES, text.split("|"), strict=True))
