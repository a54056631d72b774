"""How languages write numbers in words. Data only.

Where a word is also something else (English "one", Chinese "一", Spanish "uno") it is left out: a missed
number costs less than a false one. Values are plain numbers.
"""

# ruff: noqa: E501

from collections.abc import Mapping

from newsletter.summaries.grounding.units import PERCENT, TIMES

# Number words that stand alone as one word, by language. Hyphenated English ones are put together elsewhere.
WORDS: Mapping[str, Mapping[str, float]] = {
    "en": {
        "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
        "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
        "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12,
    },
    "ko": {
        "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8,
        "아홉": 9, "열": 10, "열두": 12, "스무": 20,
    },
    "es": {
        "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
        "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciséis": 16, "diecisiete": 17,
        "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veinticinco": 25, "treinta": 30, "cuarenta": 40,
        "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90, "cien": 100,
    },
    "fr": {
        "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "dix": 10, "onze": 11,
        "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30,
        "quarante": 40, "cinquante": 50, "soixante": 60, "cent": 100,
    },
    "de": {
        "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
        "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16,
        "siebzehn": 17, "achtzehn": 18, "neunzehn": 19, "zwanzig": 20, "dreißig": 30, "vierzig": 40,
        "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90, "hundert": 100,
    },
    "pt-BR": {
        "dois": 2, "duas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8, "nove": 9,
        "dez": 10, "onze": 11, "doze": 12, "treze": 13, "catorze": 14, "quinze": 15, "dezesseis": 16,
        "vinte": 20, "trinta": 30, "quarenta": 40, "cinquenta": 50, "sessenta": 60, "setenta": 70,
        "oitenta": 80, "noventa": 90, "cem": 100,
    },
    "it": {
        "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "sette": 7, "otto": 8, "nove": 9, "dieci": 10,
        "undici": 11, "dodici": 12, "tredici": 13, "quattordici": 14, "quindici": 15, "sedici": 16,
        "venti": 20, "trenta": 30, "quaranta": 40, "cinquanta": 50, "sessanta": 60, "settanta": 70,
        "ottanta": 80, "novanta": 90, "cento": 100,
    },
    "ru": {
        "два": 2, "две": 2, "двух": 2, "двумя": 2, "двум": 2, "три": 3, "трёх": 3, "трех": 3, "тремя": 3,
        "трём": 3, "четыре": 4, "четырёх": 4, "четырех": 4, "четырьмя": 4, "пять": 5, "пяти": 5, "пятью": 5,
        "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "восьми": 8, "девять": 9, "девяти": 9,
        "десять": 10, "десяти": 10, "двенадцать": 12, "двенадцати": 12, "пятнадцать": 15, "двадцать": 20,
        "двадцати": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "сто": 100,
    },
    "vi": {"hai": 2, "bốn": 4, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9},
    "id": {
        "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9,
        "sepuluh": 10, "sebelas": 11,
    },
    "hi": {
        "दो": 2, "तीन": 3, "चार": 4, "पांच": 5, "पाँच": 5, "छह": 6, "छः": 6, "सात": 7, "आठ": 8, "नौ": 9,
        "दस": 10, "बारह": 12, "पंद्रह": 15, "बीस": 20, "पचास": 50,
    },
    "ar": {
        "اثنان": 2, "اثنين": 2, "اثنتان": 2, "اثنتين": 2, "ثلاث": 3, "ثلاثة": 3, "أربع": 4, "أربعة": 4,
        "خمس": 5, "خمسة": 5, "ست": 6, "ستة": 6, "سبع": 7, "سبعة": 7, "ثماني": 8, "ثمانية": 8, "ثمان": 8,
        "تسع": 9, "تسعة": 9, "عشر": 10, "عشرة": 10, "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30,
        "أربعون": 40, "أربعين": 40, "خمسون": 50, "خمسين": 50, "ستون": 60, "ستين": 60, "سبعون": 70,
        "سبعين": 70, "ثمانون": 80, "ثمانين": 80, "تسعون": 90, "تسعين": 90,
    },
    "he": {
        "שניים": 2, "שתיים": 2, "שני": 2, "שתי": 2, "שלושה": 3, "שלוש": 3, "ארבעה": 4, "ארבע": 4,
        "חמישה": 5, "חמש": 5, "שישה": 6, "שש": 6, "שבעה": 7, "שבע": 7, "שמונה": 8, "תשעה": 9, "תשע": 9,
        "עשרה": 10, "עשר": 10, "עשרים": 20,
    },
}  # fmt: skip

# Words that mean a multiple or a part without a numeral, by language: (value, kind).
MULTIPLES: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "en": {
        "twice": (2, TIMES), "double": (2, TIMES), "doubles": (2, TIMES), "doubling": (2, TIMES),
        "doubled": (2, TIMES), "twofold": (2, TIMES), "thrice": (3, TIMES), "triple": (3, TIMES),
        "triples": (3, TIMES), "tripling": (3, TIMES), "tripled": (3, TIMES), "threefold": (3, TIMES),
        "fourfold": (4, TIMES), "quadruple": (4, TIMES), "quadruples": (4, TIMES), "fivefold": (5, TIMES),
        "sixfold": (6, TIMES), "sevenfold": (7, TIMES), "eightfold": (8, TIMES), "tenfold": (10, TIMES),
        "half": (50, PERCENT), "halves": (50, PERCENT), "halving": (50, PERCENT), "halved": (50, PERCENT),
    },
    "ko": {"절반": (50, PERCENT), "절반으로": (50, PERCENT), "절반의": (50, PERCENT), "두배": (2, TIMES)},
    "zh-Hans": {"一半": (50, PERCENT), "翻倍": (2, TIMES), "减半": (50, PERCENT)},
    "zh-Hant": {"一半": (50, PERCENT), "翻倍": (2, TIMES), "減半": (50, PERCENT)},
    "ja": {"半分": (50, PERCENT), "半減": (50, PERCENT), "倍増": (2, TIMES)},
    "es": {"mitad": (50, PERCENT), "doble": (2, TIMES), "triple": (3, TIMES), "duplica": (2, TIMES)},
    "fr": {"moitié": (50, PERCENT), "double": (2, TIMES), "triple": (3, TIMES)},
    "de": {"hälfte": (50, PERCENT), "doppelt": (2, TIMES), "verdoppelt": (2, TIMES), "halbiert": (50, PERCENT)},
    "pt-BR": {"metade": (50, PERCENT), "dobro": (2, TIMES), "triplo": (3, TIMES)},
    "it": {"metà": (50, PERCENT), "doppio": (2, TIMES), "raddoppia": (2, TIMES)},
    "ru": {
        "вдвое": (2, TIMES), "втрое": (3, TIMES), "вчетверо": (4, TIMES), "половину": (50, PERCENT),
        "половина": (50, PERCENT), "удваивает": (2, TIMES), "наполовину": (50, PERCENT),
    },
    "ar": {"ضعف": (2, TIMES), "ضعفي": (2, TIMES), "مرتين": (2, TIMES), "نصف": (50, PERCENT)},
    "he": {"מחצית": (50, PERCENT), "כפול": (2, TIMES)},
}  # fmt: skip

# Words in an English source that say a small count without its numeral.
HINTED_COUNTS: Mapping[str, float] = {
    "both": 2, "dual": 2, "pair": 2, "pairs": 2, "paired": 2, "twin": 2, "twofold": 2, "triple": 3, "threefold": 3,
    "trio": 3, "triad": 3, "fourfold": 4, "quad": 4, "quadruple": 4, "fivefold": 5, "sixfold": 6, "tenfold": 10,
}  # fmt: skip

CJK_DIGITS: Mapping[str, int] = {
    "〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
CJK_TENS: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000}
CJK_MYRIADS: Mapping[str, int] = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}

# Chinese and Japanese numerals in Han are numbers only before a measure word: "三种" counts, "三元组" does not.
MEASURES = [
    "百分点",
    "百分點",
    "ポイント",
    "パーセント",
    "種類",
    "种类",
    "个月",
    "個月",
    "か月",
    "ヶ月",
    "小时",
    "小時",
    "時間",
    "分钟",
    "分鐘",
    "数据集",
    "資料集",
    "段階",
    "阶段",
    "階段",
    "カ国",
    "か国",
    "つの",
    "つ",
    "个",
    "個",
    "种",
    "種",
    "项",
    "項",
    "条",
    "條",
    "张",
    "張",
    "枚",
    "篇",
    "倍",
    "秒",
    "天",
    "年",
    "层",
    "層",
    "级",
    "級",
    "类",
    "類",
    "组",
    "組",
    "位",
    "名",
    "人",
    "步",
    "維",
    "维",
    "回",
    "件",
    "本",
    "台",
    "块",
    "塊",
    "门",
    "門",
    "大",
    "份",
    "场",
    "語",
    "言語",
    "轮",
    "輪",
    "套",
    "款",
    "节",
    "対",
    "对",
    "對",
    "次",
    "家",
    "万",
    "萬",
    "亿",
    "億",
]

KOREAN_DIGITS: Mapping[str, int] = {
    "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "칠": 7, "팔": 8, "구": 9,
}  # fmt: skip
KOREAN_TENS: Mapping[str, int] = {"십": 10, "백": 100, "천": 1000}
KOREAN_MYRIADS: Mapping[str, int] = {"만": 10**4, "억": 10**8, "조": 10**12}
KOREAN_MEASURES = [
    "퍼센트",
    "포인트",
    "개월",
    "가지",
    "단계",
    "시간",
    "개",
    "배",
    "년",
    "명",
    "종",
    "편",
    "장",
    "초",
    "분",
    "차원",
    "비트",
    "만",
    "억",
]

# Languages that write "12,5" for 12.5 and "1.234" (or "1 234") for 1,234.
DECIMAL_COMMA = frozenset({"es", "fr", "de", "pt-BR", "it", "ru", "vi", "id"})

# Words that allow a rounded number, in any language; matched as substrings shortly before the numeral.
HEDGES = (
    "about", "around", "approximately", "roughly", "nearly", "almost", "over", "more than", "up to", "~", "≈", "+",
    "약", "대략", "거의", "이상", "넘는", "约", "大约", "近", "超过", "約", "超", "およそ", "ほぼ", "cerca de", "casi", "más de",
    "aproximadamente", "unos", "unas", "environ", "près de", "plus de", "etwa", "rund", "fast", "über", "knapp",
    "mais de", "quase", "circa", "quasi", "oltre", "più di", "около", "почти", "более", "примерно", "حوالي", "نحو",
    "تقريبا", "أكثر من", "قرابة", "khoảng", "gần", "hơn", "sekitar", "hampir", "lebih dari", "लगभग", "करीब", "से अधिक",
    "כ-", "בערך", "כמעט", "יותר מ",
)  # fmt: skip
