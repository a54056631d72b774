"""What languages call scales and units, after a numeral or before it. Data only.

Units are (dimension, factor to its base).
"""

# ruff: noqa: E501

from collections.abc import Mapping

PERCENT = "percent"
POINTS = "points"
TIMES = "times"

# Scales, by what may follow a numeral (with or without a space). One-letter ones are case-sensitive.
LETTER_SCALES: Mapping[str, float] = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "bn": 1e9}
SCALES: Mapping[str, float] = {
    # English
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    # Korean, Chinese, Japanese
    "천만": 1e7, "백만": 1e6, "십만": 1e5, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12, "百万": 1e6, "千万": 1e7,
    "十万": 1e5, "百億": 1e10, "十亿": 1e9, "十億": 1e9, "百萬": 1e6, "千萬": 1e7, "十萬": 1e5, "千": 1e3, "万": 1e4,
    "萬": 1e4, "亿": 1e8, "億": 1e8, "兆": 1e12, "万亿": 1e12, "百": 1e2,
    # Spanish, Portuguese, Italian, French, German
    "mil millones": 1e9, "mil": 1e3, "millones": 1e6, "millón": 1e6, "billones": 1e12, "milhões": 1e6,
    "milhão": 1e6, "bilhões": 1e9, "bilhão": 1e9, "trilhões": 1e12, "mila": 1e3, "milioni": 1e6, "milione": 1e6,
    "miliardi": 1e9, "miliardo": 1e9, "mille": 1e3, "millions": 1e6, "milliards": 1e9, "milliard": 1e9,
    "tausend": 1e3, "millionen": 1e6, "milliarden": 1e9, "milliarde": 1e9, "mio.": 1e6, "mrd.": 1e9,
    # Russian
    "тысяч": 1e3, "тысячи": 1e3, "тыс.": 1e3, "миллионов": 1e6, "миллиона": 1e6, "миллион": 1e6, "млн": 1e6,
    "миллиардов": 1e9, "миллиарда": 1e9, "миллиард": 1e9, "млрд": 1e9, "триллионов": 1e12, "трлн": 1e12,
    # Arabic, Hebrew, Hindi, Vietnamese, Indonesian
    "ألف": 1e3, "آلاف": 1e3, "ألفا": 1e3, "مليون": 1e6, "ملايين": 1e6, "مليونا": 1e6, "مليار": 1e9,
    "مليارات": 1e9, "بليون": 1e9, "تريليون": 1e12, "אלף": 1e3, "אלפים": 1e3, "מיליון": 1e6, "מיליארד": 1e9,
    "हज़ार": 1e3, "हजार": 1e3, "लाख": 1e5, "करोड़": 1e7, "मिलियन": 1e6, "बिलियन": 1e9, "अरब": 1e9,
    "nghìn": 1e3, "ngàn": 1e3, "triệu": 1e6, "tỷ": 1e9, "tỉ": 1e9, "ribu": 1e3, "juta": 1e6, "miliar": 1e9,
    "triliun": 1e12,
}  # fmt: skip

# Dimensions as nouns, which may also be counted ("15 evaluation dimensions"), and as adjectives.
COUNTED_DIMENSIONS = (
    "dimensions", "dimensiones", "dimensión", "dimension", "dimensionen", "dimensões", "dimensioni", "измерений",
    "измерения", "измерениями", "измерениях", "بعدا", "بعد", "أبعاد", "الأبعاد", "chiều", "dimensi", "आयाम", "आयामों", "विमाओं",
    "ממדים", "מימדים",
)  # fmt: skip
DIMENSIONAL = (
    "dimensional", "dimensionales", "dimensionnel", "dimensionnels", "dimensionnelle", "dimensionnelles",
    "dimensionale", "dimensionalen", "dimensionaler", "dimensionalem", "dimensionais", "dimensionali", "мерный",
    "мерного", "мерному", "мерным", "мерном", "мерная", "мерной", "мерную", "мерное", "мерные", "мерных", "мерными",
    "आयामी", "विमीय", "ממדי", "ממדית", "ממדיים", "ממדיות", "מימדי", "מימדית",
)  # fmt: skip

# Units by (dimension, factor); the words may follow a numeral or, for percent, stand before it.
UNITS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(
        ("percentage points", "percentage point", "percent points", "pp", "p.p.", "points", "point", "pts", "%p", "%포인트",
         "퍼센트포인트", "퍼센트 포인트", "포인트", "점", "个百分点", "百分点", "個百分點", "百分點", "%ポイント", "パーセントポイント",
         "ポイント", "点", "puntos porcentuales", "puntos", "points de pourcentage", "prozentpunkte", "prozentpunkten", "punkte",
         "punkten", "pontos percentuais", "pontos", "punti percentuali", "punti", "процентных пунктов",
         "процентных пункта", "процентного пункта", "пунктов", "пункта", "п.п.", "п. п.", "نقطة مئوية", "نقاط مئوية", "نقطة", "نقاط",
         "điểm phần trăm", "điểm", "poin persentase", "poin", "प्रतिशत अंक", "अंक", "अंकों", "נקודות אחוז", "נקודות", "балла", "баллов", "балл",
         "пункт", "个点", "個點", "點", "punkt", "punto", "ponto", "नंबर"),
        (POINTS, 1),
    ),
    **dict.fromkeys(
        ("%", "٪", "percent", "per cent", "pct", "퍼센트", "프로", "パーセント", "por ciento", "pour cent", "prozent",
         "por cento", "per cento", "percento", "процентов", "процента", "процент", "процентам", "процентами", "في المئة",
         "في المائة", "بالمئة", "بالمائة", "phần trăm", "persen", "प्रतिशत", "फीसदी", "אחוזים", "אחוז"),
        (PERCENT, 1),
    ),
    **dict.fromkeys(
        ("x", "X", "×", "times", "fold", "배", "倍", "veces", "vez", "fois", "mal", "fach", "-fach", "fache", "fachen",
         "facher", "faches", "fachem", "vezes", "volte", "volta", "раза", "раз", "разу", "крат", "кратно", "кратное", "кратный",
         "кратная", "кратные", "кратной", "кратного", "кратном", "кратному", "кратную", "кратным", "кратными", "кратных",
         "kali lipat", "गुनी", "गुने", "الضعف", "مرات", "مرة", "أضعاف", "ضعفا", "ضعف", "lần", "kali", "गुना", "गुणा", "के गुणक", "פי",
         "פעמים"),
        (TIMES, 1),
    ),
    **dict.fromkeys(("ms", "milliseconds", "millisecond", "밀리초", "毫秒", "ミリ秒", "milisegundos", "millisecondes",
                     "millisekunden", "мс", "миллисекунд", "мс.", "مللي ثانية", "ملي ثانية"), ("time", 1e-3)),
    **dict.fromkeys(("s", "sec", "seconds", "second", "secs", "초", "秒", "秒钟", "秒間", "segundos", "segundo", "secondes",
                     "sekunden", "secondi", "секунд", "секунды", "сек", "ثانية", "ثوان", "ثواني", "giây", "detik",
                     "सेकंड", "שניות"), ("time", 1)),
    **dict.fromkeys(("min", "minutes", "minute", "mins", "분", "分", "分钟", "分鐘", "分間", "minutos", "minuto", "minuten",
                     "minuti", "минут", "минуты", "دقيقة", "دقائق", "phút", "menit", "मिनट", "דקות"), ("time", 60)),
    **dict.fromkeys(("h", "hrs", "hours", "hour", "시간", "小时", "小時", "個小時", "个小时", "時間", "horas", "hora", "heures",
                     "heure", "stunden", "stunde", "ore", "часов", "часа", "час", "ساعة", "ساعات", "giờ", "jam", "घंटे",
                     "שעות"), ("time", 3600)),
    **dict.fromkeys(("days", "day", "일간", "天", "日間", "días", "día", "jours", "jour", "tage", "tagen", "dias",
                     "giorni", "дней", "дня", "день", "يوم", "يوما", "أيام", "ngày", "hari", "दिन", "ימים"), ("time", 86400)),
    **dict.fromkeys(("weeks", "week", "주", "周", "週間", "semanas", "semaines", "wochen", "settimane", "недель", "недели",
                     "أسابيع", "أسبوع"), ("time", 604800)),
    **dict.fromkeys(("months", "month", "개월", "个月", "個月", "か月", "ヶ月", "カ月", "meses", "mois", "monate", "monaten",
                     "mesi", "месяцев", "месяца", "أشهر", "شهر", "شهرا", "tháng", "bulan", "महीने"), ("months", 1)),
    **dict.fromkeys(("years", "year", "년", "年", "年間", "años", "año", "ans", "années", "jahre", "jahren", "anos", "anni",
                     "лет", "года", "год", "سنوات", "سنة", "عاما", "أعوام", "năm", "tahun", "साल", "वर्ष"), ("months", 12)),
    **dict.fromkeys(("KB", "kB"), ("bytes", 1e3)),
    **dict.fromkeys(("MB", "MiB", "메가바이트"), ("bytes", 1e6)),
    **dict.fromkeys(("GB", "GiB", "기가바이트", "ギガバイト", "gigabytes", "غيغابايت", "جيجابايت", "ГБ"), ("bytes", 1e9)),
    **dict.fromkeys(("TB", "TiB", "테라바이트", "terabytes", "ТБ"), ("bytes", 1e12)),
    **dict.fromkeys(("fps", "FPS", "frames per second"), ("frames/s", 1)),
    **dict.fromkeys(("bit", "bits", "비트", "比特", "ビット"), ("bits", 1)),
    **dict.fromkeys(("D", "차원", "维", "維", "次元", *COUNTED_DIMENSIONS, *DIMENSIONAL), ("dimensions", 1)),
    **dict.fromkeys(("km", "킬로미터", "公里", "千米", "キロメートル", "kilometers", "kilometres", "كيلومتر", "كيلومترات"), ("length", 1e3)),
    **dict.fromkeys(("meters", "metres", "meter", "metre", "미터", "米", "公尺", "メートル", "metros", "mètres", "metern", "متر",
                     "أمتار", "метров", "метра"), ("length", 1)),
    **dict.fromkeys(("cm", "센티미터", "厘米", "公分", "センチメートル", "centimeters", "centímetros"), ("length", 1e-2)),
    **dict.fromkeys(("mm", "밀리미터", "毫米", "ミリメートル", "millimeters", "milímetros"), ("length", 1e-3)),
    **dict.fromkeys(("dB", "데시벨", "分贝"), ("dB", 1)),
    **dict.fromkeys(("kHz",), ("hertz", 1e3)),
    **dict.fromkeys(("Hz", "hertz", "헤르츠"), ("hertz", 1)),
    **dict.fromkeys(("MHz",), ("hertz", 1e6)),
    **dict.fromkeys(("GHz",), ("hertz", 1e9)),
}  # fmt: skip

# What stands before the numeral and gives its unit: Chinese "百分之二十", Hebrew "פי 3".
PREFIX_UNITS: Mapping[str, tuple[str, float]] = {
    "百分之": (PERCENT, 1),
    **dict.fromkeys(
        (
            "פי",
            "factor of",
            "factors of",
            "factor de",
            "factor",
            "faktor",
            "faktor von",
            "facteur",
            "facteur de",
            "fattore",
            "fattore di",
            "fator",
            "fator de",
            "multiplica por",
            "multiplicado por",
            "multiplicada por",
            "multiplicados por",
            "multiplicadas por",
            "multiplican por",
            "multiplicar por",
            "multiplicando por",
            "multiplicó por",
            "multiplicou por",
            "multiplicam por",
            "dividido por",
            "dividida por",
            "divide por",
            "dividir por",
            "multiplié par",
            "multipliée par",
            "multipliés par",
            "multipliées par",
            "multiplie par",
            "multiplient par",
            "multiplier par",
            "multipliant par",
            "divisé par",
            "divisée par",
            "divise par",
            "diviser par",
            "divisant par",
            "moltiplica per",
            "moltiplicato per",
            "moltiplicata per",
            "moltiplicano per",
            "moltiplicare per",
            "divide per",
            "diviso per",
            "divisa per",
            "коэффициентом",
            "множителем",
            "фактором",
            "פקטור של",
            "פקטור",
            "بعامل",
            "بمعامل",
            "hệ số",
            "faktor sebesar",
            "×",
        ),
        (TIMES, 1),
    ),
}
# Units that a language understands in its own way: Chinese 分 are points, its minutes are 分钟.
OWN_UNITS: Mapping[str, Mapping[str, tuple[str, float]]] = {
    "zh-Hans": {"分": (POINTS, 1)},
    "zh-Hant": {"分": (POINTS, 1)},
}
# Points of a score, where English writes the bare number: "a score of 71.5" is "71.5分".
SCORE_WORDS = (
    "점", "分", "点", "點", "puntos", "punto", "punkte", "punkten", "pontos", "ponto", "punti", "балла", "баллов",
    "балл", "نقطة", "نقاط", "điểm", "poin", "अंक", "अंकों", "נקודות",
)  # fmt: skip
