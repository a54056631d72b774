"""A true brief summary of an invented paper (:mod:`tests.truthful_writer`) in each of the 16 languages.

Title, sentence, and what the second, third and fourth sentence of the abstract say. ``{a}`` is the accuracy,
``{p}`` the points above the baseline, ``{m}`` the memory saved in per cent, ``{s}`` the speed-up.
"""

WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "en": (
        "",
        "Keeping only useful tokens lets {name} reach an accuracy of {a}% on {bench}.",
        "{name} is a sparse attention layer that keeps just the tokens that are most useful.",
        "Accuracy on {bench} is {a}%, {p} points higher than the dense baseline.",
        "On a single GPU it runs {s}x faster and needs {m}% less memory.",
    ),
    "ko": (
        "{name}: 긴 문서를 위한 희소 어텐션",
        "{name}은 유용한 토큰만 남기는 희소 어텐션으로 {bench}에서 정확도 {a}%를 기록합니다.",
        "{name}은 가장 유용한 토큰만 유지하는 희소 어텐션 층입니다.",
        "{bench}에서 정확도 {a}%를 기록하여 밀집 기준보다 {p}포인트 높습니다.",
        "단일 GPU에서 메모리를 {m}% 적게 쓰고 {s}배 더 빠르게 동작합니다.",
    ),
    "zh-Hans": (
        "{name}：面向长文档的稀疏注意力",
        "{name}只保留有用的词元，以稀疏注意力在{bench}上达到{a}%的准确率。",
        "{name}是一种只保留最有用词元的稀疏注意力层。",
        "在{bench}基准上，其准确率达到{a}%，比稠密基线高{p}个百分点。",
        "它在单个GPU上所需内存减少{m}%，运行速度提高到{s}倍。",
    ),
    "zh-Hant": (
        "{name}：面向長文件的稀疏注意力",
        "{name}只保留有用的詞元，以稀疏注意力在{bench}上達到{a}%的準確率。",
        "{name}是一種只保留最有用詞元的稀疏注意力層。",
        "在{bench}基準上，其準確率達到{a}%，比稠密基線高{p}個百分點。",
        "它在單一GPU上所需記憶體減少{m}%，執行速度提高到{s}倍。",
    ),
    "ja": (
        "{name}：長い文書のための疎な注意機構",
        "{name}は有用なトークンだけを残す疎な注意機構で、{bench}において精度{a}%に達します。",
        "{name}は最も有用なトークンだけを保持する疎な注意層です。",
        "{bench}ベンチマークで精度{a}%に達し、密なベースラインより{p}ポイント高いです。",
        "単一のGPUで、メモリ使用量が{m}%少なく、{s}倍高速に動作します。",
    ),
    "ar": (
        "{name}: انتباه متفرق للوثائق الطويلة",
        "يحتفظ {name} بالرموز المفيدة وحدها فيبلغ دقة قدرها {a}% على {bench}.",
        "{name} طبقة انتباه متفرق تحتفظ بأكثر الرموز فائدة وحدها.",
        "تبلغ دقة {name} على {bench} نسبة {a}%، أي أعلى من خط الأساس الكثيف بمقدار {p} نقطة.",
        "يحتاج إلى ذاكرة أقل بنسبة {m}% ويعمل أسرع بمقدار {s} مرة على وحدة GPU واحدة.",
    ),
    "de": (
        "{name}: Sparse Attention für lange Dokumente",
        "{name} behält nur nützliche Token und erreicht auf {bench} eine Genauigkeit von {a} %.",
        "{name} ist eine Sparse-Attention-Schicht, die nur die nützlichsten Token behält.",
        "Auf {bench} beträgt die Genauigkeit {a} %, {p} Punkte mehr als bei der dichten Baseline.",
        "Auf einer einzelnen GPU läuft es {s}-mal schneller und braucht {m} % weniger Speicher.",
    ),
    "es": (
        "{name}: atención dispersa para documentos largos",
        "{name} conserva solo los tokens útiles y alcanza una exactitud del {a} % en {bench}.",
        "{name} es una capa de atención dispersa que conserva solo los tokens más útiles.",
        "En {bench} la exactitud es del {a} %, {p} puntos por encima de la referencia densa.",
        "En una sola GPU funciona {s} veces más rápido y necesita un {m} % menos de memoria.",
    ),
    "fr": (
        "{name} : attention parcimonieuse pour les longs documents",
        "{name} ne garde que les jetons utiles et atteint une exactitude de {a} % sur {bench}.",
        "{name} est une couche d’attention parcimonieuse qui garde seulement les jetons les plus utiles.",
        "Sur {bench}, l’exactitude est de {a} %, soit {p} points de plus que la référence dense.",
        "Sur un seul GPU, la couche est {s} fois plus rapide et demande {m} % de mémoire en moins.",
    ),
    "it": (
        "{name}: attenzione sparsa per documenti lunghi",
        "{name} conserva solo i token utili e raggiunge un’accuratezza del {a}% su {bench}.",
        "{name} è uno strato di attenzione sparsa che conserva solo i token più utili.",
        "Su {bench} l’accuratezza è del {a}%, {p} punti in più rispetto alla baseline densa.",
        "Su una singola GPU è {s} volte più veloce e richiede il {m}% di memoria in meno.",
    ),
    "pt-BR": (
        "{name}: atenção esparsa para documentos longos",
        "{name} mantém apenas os tokens úteis e atinge uma acurácia de {a}% no {bench}.",
        "{name} é uma camada de atenção esparsa que mantém apenas os tokens mais úteis.",
        "No {bench} a acurácia é de {a}%, {p} pontos acima da linha de base densa.",
        "Em uma única GPU, roda {s} vezes mais rápido e precisa de {m}% menos memória.",
    ),
    "ru": (
        "{name}: разреженное внимание для длинных документов",
        "{name} оставляет только полезные токены и достигает точности {a} % на {bench}.",
        "{name} — это слой разреженного внимания, который оставляет только самые полезные токены.",
        "На {bench} точность составляет {a} %, на {p} пункта выше плотного базового варианта.",
        "На одном GPU он работает в {s} раза быстрее и требует на {m} % меньше памяти.",
    ),
    "he": (
        "{name}: קשב דליל למסמכים ארוכים",
        "{name} משאיר רק אסימונים מועילים ומגיע לדיוק של {a}% ב-{bench}.",
        "{name} היא שכבת קשב דליל ששומרת רק את האסימונים המועילים ביותר.",
        "ב-{bench} הדיוק הוא {a}%, גבוה ב-{p} נקודות מקו הבסיס הצפוף.",
        "על GPU יחיד היא רצה מהר יותר פי {s} וצורכת {m}% פחות זיכרון.",
    ),
    "hi": (
        "{name}: लंबे दस्तावेज़ों के लिए विरल अटेंशन",
        "{name} केवल उपयोगी टोकन रखकर {bench} पर {a}% सटीकता तक पहुँचता है।",
        "{name} एक विरल अटेंशन परत है जो केवल सबसे उपयोगी टोकन रखती है।",
        "{bench} पर सटीकता {a}% है, जो सघन बेसलाइन से {p} अंक अधिक है।",
        "एक GPU पर यह {s} गुना तेज़ चलता है और इसे {m}% कम मेमोरी चाहिए।",
    ),
    "id": (
        "{name}: atensi jarang untuk dokumen panjang",
        "{name} hanya menyimpan token yang berguna dan mencapai akurasi {a}% pada {bench}.",
        "{name} adalah lapisan atensi jarang yang hanya menyimpan token paling berguna.",
        "Pada {bench} akurasinya {a}%, lebih tinggi {p} poin daripada baseline padat.",
        "Pada satu GPU, lapisan ini berjalan {s} kali lebih cepat dan memerlukan memori {m}% lebih sedikit.",
    ),
    "vi": (
        "{name}: chú ý thưa cho tài liệu dài",
        "{name} chỉ giữ lại các token hữu ích và đạt độ chính xác {a}% trên {bench}.",
        "{name} là một lớp chú ý thưa chỉ giữ lại những token hữu ích nhất.",
        "Trên {bench}, độ chính xác đạt {a}%, cao hơn {p} điểm so với mô hình nền dày đặc.",
        "Trên một GPU, lớp này chạy nhanh hơn {s} lần và cần ít hơn {m}% bộ nhớ.",
    ),
}
COMMA = frozenset({"de", "es", "fr", "it", "pt-BR", "ru", "id", "vi"})
"""Languages that write a comma before the decimals."""
