"""Made-up people: names in many scripts, with a country, a language and an organisation."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_PEOPLES = (
    # countries, language read, given names, family names
    (
        "CH DE AT",
        "en",
        "Anna Lukas Miriam Jonas Klara Matthias Sabine Urs",
        "Keller Baumann Weiß Schäfer Huber Lüthi Vogel Brunner",
    ),
    (
        "FR BE SN CI",
        "fr",
        "Aminata Chloé Moussa Benoît Fatou Élodie Ibrahima Agnès",
        "Diouf Lefèvre Koné Traoré Dupré N’Diaye Morel Ouattara",
    ),
    (
        "CR MX PE CO",
        "es",
        "Lucía Íñigo José Ximena Begoña Andrés Rocío Matías",
        "Fernández Núñez Muñoz Quispe Peñalosa Ibáñez Solís Agüero",
    ),
    (
        "BR PT AO MZ",
        "en",
        "João Inês Tomás Conceição Luís Graça Zeferino Marta",
        "Gonçalves Magalhães Conceição Simões Assunção Pacheco Chissano Leão",
    ),
    (
        "PL CZ SK",
        "en",
        "Łukasz Żaneta Jiří Zdeněk Małgorzata Šárka Paweł Ľubica",
        "Wójcik Dvořák Świątek Černý Kołodziej Němec Hudák Żak",
    ),
    (
        "RU BG KZ",
        "en",
        "Анна Дмитрий Екатерина Алексей Мария Николай Ольга Тимур",
        "Иванова Смирнов Петрова Кузнецов Георгиева Ахметов Соколова Волков",
    ),
    (
        "UA",
        "en",
        "Олена Андрій Їванна Сергій Оксана Тарас Ганна Євген",
        "Шевченко Коваль Ткачук Бойко Гнатюк Лисенко Мельник Щербак",
    ),
    (
        "GR CY",
        "en",
        "Ελένη Γιώργος Μαρία Νίκος Κατερίνα Δημήτρης Σοφία Άρης",
        "Παπαδοπούλου Γεωργίου Νικολαΐδης Βλάχου Αντωνίου Ηλιάδης Ρήγα Ζαχαρίου",
    ),
    (
        "EG JO MA TN",
        "fr",
        "فاطمة محمد ليلى يوسف مريم خالد نور عمر",
        "الحسن منصور العلوي بن‌صالح خوري الشريف زيدان حداد",
    ),
    ("IL", "en", "נועה דוד מרים יוסף תמר אבי רות אורי", "כהן לוי מזרחי פרץ ביטון אברהם פרידמן דהן"),
    (
        "IR AF",
        "en",
        "زهرا علی مریم رضا نرگس حسین شیرین کاوه",
        "محمدی احمدی حسینی رضایی کریمی جعفری نوری یزدانی",
    ),
    (
        "IN NP",
        "en",
        "प्रिया अर्जुन सुनीता राहुल लक्ष्मी विक्रम मीरा कृष्ण",
        "शर्मा वर्मा सिंह गुप्ता अधिकारी थापा जोशी मिश्रा",
    ),
    (
        "BD",
        "en",
        "নাসরিন রহিম শিরিন কামাল ফারহানা তানভীর রুনা হাসান",
        "রহমান আক্তার হোসেন চৌধুরী বেগম ইসলাম খাতুন সরকার",
    ),
    (
        "LK",
        "en",
        "අනුලා නිමල් කුමාරි සුනිල් දිල්හානි රුවන් මාලා චමින්ද",
        "පෙරේරා සිල්වා ප්‍රනාන්දු ජයසූරිය බණ්ඩාර විජේසිංහ ගුණසේකර රත්නායක",
    ),
    (
        "TH",
        "en",
        "สมหญิง สมชาย มาลี ประเสริฐ กานดา วิชัย นภา อนันต์",
        "ใจดี ศรีสุข ทองคำ แก้วมณี รักไทย บุญมา พงษ์ไพร จันทร์เพ็ญ",
    ),
    ("CN", "en", "伟 芳 娜 敏 静 强 磊 洋", "王 李 张 刘 陈 杨 赵 黄"),
    (
        "JP",
        "en",
        "さくら 健太 美咲 翔 陽子 大輔 葵 直樹",
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村",
    ),
    ("KR", "en", "민준 서연 지훈 수빈 현우 지은 도윤 하은", "김 이 박 최 정 강 조 윤"),
    (
        "VN",
        "en",
        "Thị·Hương Văn·Đức Ngọc·Ánh Minh·Quân Thu·Thủy Đình·Phúc Mỹ·Linh Quốc·Việt",
        "Nguyễn Trần Lê Phạm Hoàng Võ Đặng Bùi",
    ),
    (
        "TZ KE UG",
        "en",
        "Neema Juma Wanjiru Baraka Achieng Mwangi Zawadi Okello",
        "Mushi Kimaro Odhiambo Wambui Nyerere Ochieng Massawe Lyimo",
    ),
    ("ET ER", "en", "ሰላም ዳዊት ሃና ተስፋዬ ማርታ ዮናስ ብርቱካን ኃይሌ", "ታደሰ በቀለ ገብረ ወልደ አበራ መንግስቱ ደስታ ኪዳኔ"),
    (
        "GE AM",
        "en",
        "ნინო გიორგი მარიამ ლევან Անահիտ Արամ Նարե Տիգրան",
        "ბერიძე კაპანაძე გელაშვილი ლომიძე Սարգսյան Հակոբյան Գրիգորյան Պետրոսյան",
    ),
    (
        "TR",
        "en",
        "Ayşe Çağla Işıl Ömer Gülşen Uğur Şule İbrahim",
        "Yılmaz Çelik Şahin Öztürk Güneş Doğan Işık Koç",
    ),
    (
        "PH ID",
        "en",
        "Maria·Luisa Putri Budi Josefa Dewi Ramon Siti Agus",
        "dela·Cruz Santoso Wijaya Bautista Rahayu Reyes Hidayat Villanueva",
    ),
)
_FAMILY_FIRST = frozenset({"CN", "JP", "KR", "VN"})
_NO_SPACE = frozenset({"CN", "JP", "KR"})

_ORGANISATIONS = (
    "Ministry of the Interior",
    "Ministère de la justice",
    "Cancillería",
    "Directorate of Immigration",
    "Border Guard Service",
    "Défenseur des droits",
    "Defensoría del Pueblo",
    "Supreme Court",
    "Bar Association",
    "University of Dar es Salaam",
    "Universidad de Costa Rica",
    "Legal Aid Forum",
    "Red Crescent Society",
    "Refugee Council",
    "Parliamentary Library",
)


@dataclass(frozen=True, slots=True)
class Made:
    """Somebody who does not exist; `country` by its ISO 3166 code."""

    name: str
    country: str
    language: str
    organisation: str


def somebody(number: int) -> Made:
    """The made-up person with this number: always the same one."""
    chance = Random(f"person {number}")  # noqa: S311  (no secret: the same at every call)
    countries, language, given, family = chance.choice(_PEOPLES)
    country = chance.choice(countries.split())
    names = [chance.choice(given.split()), chance.choice(family.split())]
    if country in _FAMILY_FIRST:
        names.reverse()
    joined = ("" if country in _NO_SPACE else " ").join(names).replace("·", " ")
    return Made(joined, country, language, chance.choice(_ORGANISATIONS))
