"""A paper that nobody wrote, as arXiv would serve it, and what may truthfully be said of it."""

import io

from PIL import Image, ImageDraw

ARXIV_ID = "2603.09001"
TITLE = "TideNet: Forecasting Coastal Floods with Sparse Gauges"
ABSTRACT = (
    "Coastal floods are hard to forecast where gauges are few. We present TideNet, a graph network that "
    "fills the gaps between gauges with tidal physics. On HarbourBench TideNet lowers the mean error to 8.4 "
    "cm, 31% less than the strongest baseline, and it runs on a single laptop."
)
AUTHORS = ["Ida Strand", "Jun Aoki"]

INTRODUCTION = (
    (
        "Storm surges cost coastal towns more each year, and a warning two hours earlier lets people move to "
        "safety."
    ),
    "Most coasts have fewer than one gauge for every 50 km of shore.",
    "Numerical models such as SurgeSim need a supercomputer and 6 hours for one forecast.",
    "Recurrent networks such as GaugeLSTM are fast, but they fail when a gauge falls silent.",
    (
        "Our idea is to let a graph network pass water levels between gauges and to bind its messages to the "
        "speed at which a tide travels."
    ),
)
STEPS = (
    "First, TideNet builds a graph that links each gauge to its 4 nearest neighbours along the shore.",
    "Second, every message is delayed by the travel time of a shallow-water wave between two gauges.",
    (
        "Third, a gate learns how far a silent gauge can be trusted and replaces its reading by the mean of "
        "its neighbours."
    ),
)
DATA = (
    (
        "HarbourBench holds hourly levels of 212 gauges from 2009 to 2023; the last 3 years are kept for "
        "testing."
    ),
    "We compare with SurgeSim, GaugeLSTM and a persistence forecast.",
)
RESULTS = (
    "TideNet reaches a mean error of 8.4 cm, while GaugeLSTM reaches 12.2 cm and SurgeSim 13.9 cm.",
    (
        "When 30% of the gauges fall silent, the error of TideNet grows by 1.1 cm and that of GaugeLSTM by "
        "9.7 cm."
    ),
    "Training takes 5 hours on one laptop.",
)
LIMITS = "TideNet does not model waves that break over sea walls, and it was tested on one coast only."
CONCLUSION = (
    "Binding a graph network to tidal physics makes flood warnings possible where gauges are few.",
    "Harbour masters of small towns can run it without a computing centre.",
)
TABLE = (
    ("Method", "Error (cm)", "Error, 30% silent (cm)", "Seconds"),
    ("TideNet", "8.4", "9.5", "0.3"),
    ("GaugeLSTM", "12.2", "21.9", "0.2"),
    ("SurgeSim", "13.9", "13.9", "21600"),
)
CAPTIONS = {
    "Figure 1": "Overview of TideNet: gauges are linked along the shore and their messages are delayed.",
    "Figure 2": "Mean error of TideNet, GaugeLSTM and SurgeSim when more gauges fall silent.",
}

# What a truthful reader notes: field, the paper's words, and the statement in English.
CLAIMS: tuple[tuple[str, str, str], ...] = (
    ("background", INTRODUCTION[0],
     "Storm surges cost coastal towns more each year; two hours of extra warning let people move to safety."),
    ("earlier", INTRODUCTION[2],
     "Numerical models such as SurgeSim need a supercomputer and 6 hours for one forecast."),
    ("earlier", INTRODUCTION[3],
     "Recurrent networks such as GaugeLSTM are fast but fail when a gauge falls silent."),
    ("idea", INTRODUCTION[4],
     "A graph network passes water levels between gauges, and its messages travel at the speed of the tide."),
    ("method", STEPS[0], "TideNet links each gauge to its 4 nearest neighbours along the shore."),
    ("method", STEPS[1], "Every message is delayed by the travel time of a shallow-water wave."),
    ("method", STEPS[2],
     "A gate learns how far a silent gauge can be trusted and replaces its reading by its neighbours' mean."),
    ("data", DATA[0],
     "HarbourBench holds hourly levels of 212 gauges from 2009 to 2023; the last 3 years are for testing."),
    ("baselines", DATA[1], "It is compared with SurgeSim, GaugeLSTM and a persistence forecast."),
    ("findings", RESULTS[1],
     "With 30% of the gauges silent, TideNet's error grows by 1.1 cm and GaugeLSTM's by 9.7 cm."),
    ("limitations", LIMITS,
     "TideNet does not model waves that break over sea walls and was tested on one coast only."),
    ("significance", CONCLUSION[0],
     "Tidal physics in a graph network makes flood warnings possible where gauges are few."),
    ("effort", RESULTS[2], "Training takes 5 hours on one laptop."),
    ("audience", CONCLUSION[1], "Harbour masters of small towns can run it without a computing centre."),
)  # fmt: skip
NUMBERS: tuple[tuple[str, str, str], ...] = (
    ("TideNet", "Error (cm)", "8.4"),
    ("GaugeLSTM", "Error (cm)", "12.2"),
    ("SurgeSim", "Error (cm)", "13.9"),
    ("TideNet", "Error, 30% silent (cm)", "9.5"),
    ("GaugeLSTM", "Error, 30% silent (cm)", "21.9"),
)

_KO = (
    (
        "폭풍 해일은 해마다 해안 도시에 더 큰 피해를 주며, 두 시간 먼저 경보를 받으면 주민이 안전한 곳으로 "
        "대피할 수 있습니다."
    ),
    "SurgeSim과 같은 수치 모델은 예보 한 번에 슈퍼컴퓨터와 6시간이 필요합니다.",
    "GaugeLSTM과 같은 순환 신경망은 빠르지만 관측소의 신호가 끊기면 실패합니다.",
    "그래프 신경망이 관측소 사이에 수위를 전달하며, 그 메시지는 조석이 이동하는 속도를 따릅니다.",
    "TideNet은 각 관측소를 해안을 따라 가장 가까운 4개 관측소와 연결합니다.",
    "모든 메시지는 천해파의 이동 시간만큼 지연됩니다.",
    "게이트는 신호가 끊긴 관측소를 얼마나 믿을지 학습하고 그 값을 이웃 관측소의 평균으로 대체합니다.",
    (
        "HarbourBench에는 2009년부터 2023년까지 212개 관측소의 시간별 수위가 있으며, 마지막 3년은 평가에 "
        "사용합니다."
    ),
    "SurgeSim, GaugeLSTM, 지속성 예보와 비교합니다.",
    "관측소 30%의 신호가 끊길 때 오차는 TideNet에서 1.1 cm, GaugeLSTM에서 9.7 cm 증가합니다.",
    "TideNet은 방파제를 넘어 부서지는 파도를 모델링하지 않으며 한 해안에서만 시험되었습니다.",
    "그래프 신경망에 조석의 물리를 결합하면 관측소가 적은 곳에서도 홍수 경보가 가능합니다.",
    "학습에는 노트북 한 대로 5시간이 걸립니다.",
    "작은 도시의 항만 책임자도 전산 센터 없이 실행할 수 있습니다.",
)
_DE = (
    (
        "Sturmfluten kosten Küstenorte jedes Jahr mehr; zwei Stunden mehr Vorwarnung erlauben es, sich in "
        "Sicherheit zu bringen."
    ),
    "Numerische Modelle wie SurgeSim brauchen einen Großrechner und 6 Stunden für eine Vorhersage.",
    "Rekurrente Netze wie GaugeLSTM sind schnell, versagen aber, wenn ein Pegel verstummt.",
    (
        "Ein Graphnetz gibt Wasserstände zwischen Pegeln weiter, und seine Nachrichten laufen so "
        "schnell wie die Tide."
    ),
    "TideNet verbindet jeden Pegel mit seinen 4 nächsten Nachbarn entlang der Küste.",
    "Jede Nachricht wird um die Laufzeit einer Flachwasserwelle verzögert.",
    (
        "Eine Schleuse lernt, wie weit einem stummen Pegel zu trauen ist, und ersetzt seinen Wert durch den "
        "Mittelwert der Nachbarn."
    ),
    (
        "HarbourBench enthält stündliche Stände von 212 Pegeln von 2009 bis 2023; die letzten 3 Jahre "
        "dienen der Prüfung."
    ),
    "Verglichen wird mit SurgeSim, GaugeLSTM und einer Persistenzvorhersage.",
    "Verstummen 30 % der Pegel, wächst der Fehler von TideNet um 1.1 cm und der von GaugeLSTM um 9.7 cm.",
    "TideNet bildet keine Wellen ab, die über Deiche brechen, und wurde nur an einer Küste geprüft.",
    "Gezeitenphysik in einem Graphnetz macht Flutwarnungen dort möglich, wo es wenige Pegel gibt.",
    "Das Training dauert auf einem Laptop 5 Stunden.",
    "Hafenmeister kleiner Orte können es ohne Rechenzentrum betreiben.",
)
_AR = (
    (
        "تزداد كلفة العواصف البحرية على المدن الساحلية كل عام، ويتيح الإنذار قبل ساعتين إضافيتين "
        "للناس الانتقال إلى مكان آمن."
    ),
    "تحتاج النماذج العددية مثل SurgeSim إلى حاسوب فائق وإلى 6 ساعات لكل تنبؤ.",
    "الشبكات التكرارية مثل GaugeLSTM سريعة، لكنها تخفق حين يصمت أحد المقاييس.",
    "تنقل شبكة بيانية مستويات المياه بين المقاييس، وتسير رسائلها بسرعة المد.",
    "يربط TideNet كل مقياس بأقرب 4 مقاييس إليه على امتداد الساحل.",
    "تتأخر كل رسالة بمقدار زمن انتقال موجة المياه الضحلة.",
    "تتعلم بوابة مدى الوثوق بالمقياس الصامت وتستبدل بقراءته متوسط جيرانه.",
    "تضم HarbourBench مستويات كل ساعة لعدد 212 مقياسًا من 2009 إلى 2023، وتُخصص آخر 3 سنوات للاختبار.",
    "تجري المقارنة مع SurgeSim و GaugeLSTM وتنبؤ الاستمرار.",
    "عندما يصمت 30% من المقاييس يزداد خطأ TideNet بمقدار 1.1 cm وخطأ GaugeLSTM بمقدار 9.7 cm.",
    "لا يحاكي TideNet الأمواج التي تتكسر فوق الأسوار البحرية، ولم يُختبر إلا على ساحل واحد.",
    "تجعل فيزياء المد في شبكة بيانية الإنذار بالفيضان ممكنًا حيث تقل المقاييس.",
    "يستغرق التدريب 5 ساعات على حاسوب محمول واحد.",
    "يستطيع مسؤولو الموانئ في المدن الصغيرة تشغيله من دون مركز حوسبة.",
)
_CAPTIONS = {
    "ko": (
        "TideNet의 개요: 관측소를 해안을 따라 연결하고 메시지를 지연합니다.",
        "신호가 끊긴 관측소가 늘어날 때 TideNet, GaugeLSTM, SurgeSim의 평균 오차입니다.",
    ),
    "de": (
        "Überblick über TideNet: Pegel sind entlang der Küste verbunden, ihre Nachrichten werden verzögert.",
        "Mittlerer Fehler von TideNet, GaugeLSTM und SurgeSim, wenn mehr Pegel verstummen.",
    ),
    "ar": (
        "نظرة عامة على TideNet: تُربط المقاييس على امتداد الساحل وتُؤخَّر رسائلها.",
        "متوسط خطأ TideNet و GaugeLSTM و SurgeSim حين يصمت مزيد من المقاييس.",
    ),
}

TRANSLATIONS: dict[str, dict[str, str]] = {
    code: {english: said for (_, _, english), said in zip(CLAIMS, texts, strict=True)}
    | dict(zip(CAPTIONS.values(), _CAPTIONS[code], strict=True))
    for code, texts in (("ko", _KO), ("de", _DE), ("ar", _AR))
}  # fmt: skip


def page() -> bytes:
    """The paper as LaTeXML would write it."""

    def paragraphs(section: str, *texts: str) -> str:
        return "".join(
            f'<div id="{section}.p{at}" class="ltx_para"><p class="ltx_p">{text}</p></div>'
            for at, text in enumerate(texts, 1)
        )

    def heading(level: int, number: str, title: str) -> str:
        tag = f'<span class="ltx_tag">{number} </span>' if number else ""
        return f'<h{level} class="ltx_title">{tag}{title}</h{level}>'

    def figure(at: int) -> str:
        label = f"Figure {at}"
        return (
            f'<figure id="F{at}" class="ltx_figure"><img src="x{at}.png" class="ltx_graphics" alt="">'
            f'<figcaption class="ltx_caption"><span class="ltx_tag">{label}: </span>'
            f"{CAPTIONS[label]}</figcaption></figure>"
        )

    rows = "".join(
        "<tr class='ltx_tr'>" + "".join(f"<td class='ltx_td'>{cell}</td>" for cell in row) + "</tr>"
        for row in TABLE
    )
    table = (
        '<figure id="T1" class="ltx_table"><figcaption class="ltx_caption">'
        '<span class="ltx_tag">Table 1: </span>Mean error and time of one forecast on HarbourBench.'
        f'</figcaption><table class="ltx_tabular">{rows}</table></figure>'
    )
    body = (
        f'<h1 class="ltx_title ltx_title_document">{TITLE}</h1>'
        '<div class="ltx_authors"><span class="ltx_creator"><span class="ltx_personname">Ida Strand<br>'
        "Institute of Coastal Studies, University of Nordhaven</span></span></div>"
        f'<div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6><p class="ltx_p">{ABSTRACT}</p></div>'
        f'<section id="S1" class="ltx_section">{heading(2, "1", "Introduction")}'
        f"{paragraphs('S1', ' '.join(INTRODUCTION[:2]), ' '.join(INTRODUCTION[2:4]), INTRODUCTION[4])}"
        "</section>"
        f'<section id="S2" class="ltx_section">{heading(2, "2", "Method")}{figure(1)}'
        f"{paragraphs('S2', *STEPS)}</section>"
        f'<section id="S3" class="ltx_section">{heading(2, "3", "Experiments")}'
        f'<section id="S3.SS1" class="ltx_subsection">{heading(3, "3.1", "Data and baselines")}'
        f"{paragraphs('S3.SS1', *DATA)}</section>"
        f'<section id="S3.SS2" class="ltx_subsection">{heading(3, "3.2", "Results")}'
        f"{paragraphs('S3.SS2', *RESULTS)}{table}{figure(2)}</section></section>"
        f'<section id="S4" class="ltx_section">{heading(2, "4", "Limitations")}'
        f"{paragraphs('S4', LIMITS)}</section>"
        f'<section id="S5" class="ltx_section">{heading(2, "5", "Conclusion")}'
        f"{paragraphs('S5', *CONCLUSION, 'Code: https://github.com/nordhaven/tidenet')}</section>"
        '<section id="bib" class="ltx_bibliography"><ul><li class="ltx_bibitem">A. Author. One.</li>'
        '<li class="ltx_bibitem">B. Author. Two.</li></ul></section>'
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>t</title></head><body>"
        f'<div class="ltx_page_main"><article class="ltx_document">{body}</article></div></body></html>'
    ).encode()


def abstract_page(licence: str) -> bytes:
    """The abstract page, with the licence it links to."""
    return (
        f'<html><body><div class="abs-license"><a href="{licence}">licence</a></div></body></html>'.encode()
    )


def drawing(at: int) -> bytes:
    """A picture that might be figure ``at``: a plot of a few lines."""
    image = Image.new("RGB", (1400, 620), "white")
    pen = ImageDraw.Draw(image)
    for line, colour in enumerate(("#1c4a6e", "#93380f", "#5b7f3a")):
        points = [(100 + 60 * x, 540 - (at + line + 1) * x * x / 3 - 60 * line) for x in range(21)]
        pen.line(points, fill=colour, width=7)
    pen.line([(100, 40), (100, 560), (1360, 560)], fill="#222222", width=4)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
