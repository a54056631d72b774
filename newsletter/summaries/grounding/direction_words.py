"""Words of direction, by language: data only.

For each language six lists: up, down, good, bad, fast, slow, and what negates. Entries are matched where a
word begins (or anywhere, in languages that run words together) and stand for all inflections that begin so;
"$" at the end asks for the whole word.
"""

# ruff: noqa: E501

from collections.abc import Mapping

SENSES = ("up", "down", "good", "bad", "fast", "slow", "not")

# Which sense turns which round.
OPPOSITE = {"up": "down", "down": "up", "good": "bad", "bad": "good", "fast": "slow", "slow": "fast"}

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "up": "increas rais rise$ rises$ rising rose$ grow$ grows growing grew growth boost gain expand enlarg greater larger higher$ more$ most$ up$ double doubl tripl amplif extend longer widen surge climb maximi scale scaling add$ adds adding additional extra high$ outnumber plus$ beyond exceed large$ long$ many$",
        "down": "decreas reduc lower cut$ cuts$ cutting drop declin diminish shrink shrank lessen fall$ falls$ falling fell$ fewer$ less$ least$ smaller small$ shorter shorten minimi halv half$ save$ saves saving fraction compress cheaper cheap$ low$ down$ narrow loss lose$ loses losing short$ trim slash prun only$ remov eliminat avoid degrad worse mitigat alleviat without$ few$ limit suppress negligible third$ quarter$ lightweight compact under$ below$ within$ deteriorat underperform lag$ lags$ lagging free$ prevent",
        "good": "improv enhanc outperform surpass exceed superior better$ best$ excel beat$ beats$ beating strengthen boost gain advanc state-of-the-art sota$ win$ wins$ success effective strong outscor outrank refin benefit promising match compar competitive robust achiev reach$ reaches reached rais higher$ increas ahead overtak good$ rival$ rivals leading top$ accura",
        "bad": "degrad worse worst$ underperform inferior deteriorat weak lag$ lags$ lagging impair harm hurt$ hurts hinder trail undermin declin fail poor$ poorly lose$ loses lost$ loss drop suffer behind$ bad$ insufficient below$ struggl collaps limit decreas lower fall$ falls$ falling fell$ damag short$ vulnerab brittle bias error overfit break unreliab regress reduc only$",
        "fast": "fast accelerat speed quick rapid real-time swift real$ low-latency latency efficien",
        "slow": "slow delay latency overhead longer expensive costly lag$ inefficien",
        "not": "not$ no$ n't never$ none$ nor$ neither$ without$ cannot$ can't$ don't$ doesn't$ fail lack unable$ free$ avoid eliminat hardly$ rarely$ little$ few$ less$ absen exclud instead$ rather$ unlike$ remov despite$ only$ unchanged ignor omit insufficient limit untrained unseen unsupervis unlabel unnecessary unavailable independent obviat bypass training-free missing skip prevent unpair unknown unable drop frozen discard unsolved unclear stop forget refus impossible infeasible block",
    },
    "ko": {
        "up": "증가 늘어 늘려 늘린 늘리 늘었 늘립 늘고 높아 높인 높이 높여 높였 높습 높은 높입 높게 높일 상승 향상 확대 커지 커진 커졌 많은 많이 많습 올라 올려 올린 올리 올렸 웃돌 초과 확장 성장 두배 큰$ 큽니다 길어 늘린다",
        "down": "감소 줄어 줄여 줄인 줄이 줄였 줄입 줄일 줄고 줄었 낮아 낮추 낮춰 낮춘 낮춥 낮습 낮은 낮췄 하락 축소 작아 작은 작습 적은 적게 적습 떨어 절감 저하 절약 단축 절반 완화 경감 미만 밑돌 덜$ 낮게 짧 제거 억제 최소",
        "good": "향상 개선 우수 뛰어 앞서 앞섭 앞선 능가 웃돌 상회 최고 최첨단 탁월 높 증가 좋 넘어서 개량 강화 강건 이기 이깁 제치 제칩 달성",
        "bad": "저하 악화 뒤처 뒤떨어 떨어 못 열등 나쁘 나빠 나쁩 낮 감소 하락 약화 손상 밀리 밀립 뒤집 실패 해치 미달 부족 취약 줄 한계 오류 뒤지 뒤진 뒤집니다 하회",
        "fast": "빠르 빨라 빠른 빠릅 가속 신속 단축 빨리",
        "slow": "느리 느려 느린 느립 지연 늦",
        "not": "않 못 없 아니 아닙 아닌 불가 안$ 미사용 무관 불필요 비지도 제외 제거 대신 무학습 부재 실패 불구 배제 어렵 생략 드물 미공개",
    },
    "zh": {
        "up": "增加 提高 提升 上升 增长 增大 扩大 更多 更高 更大 增至 升至 高于 高出 翻倍 多于 超过 扩展 增強 增长 升高 更长 加大 提昇 擴大 增長 多出 高达 高達",
        "down": "减少 降低 下降 减小 缩小 缩短 更少 更低 更小 降至 减至 低于 节省 仅 压缩 少于 下滑 削减 減少 減小 縮小 縮短 節省 僅 壓縮 下降 低於 減至 减半 減半 减轻 減輕 缓解 緩解 更短 不到 节约 消除 变差 更差 退化 抑制",
        "good": "提升 提高 改善 改进 优于 超过 超越 更好 最佳 最优 领先 胜过 增强 优异 出色 先进 高于 優於 超過 改進 更佳 最優 領先 勝過 增強 優異 好于 好於 优化 優化 卓越 优越 达到 達到 增加 优势",
        "bad": "下降 恶化 不如 逊于 劣于 落后 更差 变差 损害 退化 低于 降低 惡化 遜於 劣於 落後 變差 損害 低於 减弱 削弱 失败 失敗 不及 较差 輸給 输给 差于 差於 弱于 弱於 不足 缺陷 减少 脆弱 错误",
        "fast": "更快 加快 加速 提速 快速 快于 倍速 迅速 快了 快",
        "slow": "更慢 减慢 变慢 延迟 慢于 減慢 變慢 延遲 慢",
        "not": "不 没 沒 无 無 未 非 否 免 缺 仅 僅 难以 難以 失败 勿 莫 拒 排除 而非 除去 代替",
    },
    "ja": {
        "up": "増加 増え 増や 向上 上昇 高め 高い 高く 拡大 大きく 大きい 多い 多く より多 引き上げ 上回 伸び 倍増 増大 長く 増し 拡張 上がり",
        "down": "減少 減ら 減り 減っ 低下 低減 削減 下げ 下が 縮小 小さ 少な 短縮 半減 節約 抑え 低い 低く 下回 圧縮 わずか 緩和 短く 未満 軽減 抑制 取り除 除去 最小",
        "good": "向上 改善 優れ 上回 超え 最高 最良 最先端 勝 強化 高め 良い 良く 凌 しのぐ しのい 匹敵 達成 上昇 増 頑健 高い",
        "bad": "低下 悪化 劣 下回 損な 失敗 悪い 悪く 弱 及ば 後れ 遅れを 減少 劣化 負け 低い 下がり 脆弱 限界 不足 誤り 苦戦",
        "fast": "高速 速く 速い 速め 加速 速さ 迅速 速まり 短縮",
        "slow": "遅く 遅い 低速 遅延 遅れ",
        "not": "ない ません なく なし ず 不要 無 非 未 不可 ぬ せず 除 欠 代わり 避け 困難",
    },
    "es": {
        "up": "aument increment crec elev sub$ sube$ suben$ subió mayor$ mayores$ ampl duplic super eleva alza alto$ alta$ altos$ altas$",
        "down": "reduc dismin baj$ baja bajan bajo$ menor$ menores$ menos$ cae$ caen$ cayó recort decrec mitad$ acort ahorr merm desc mitig aliv solo$ sólo$ minimiz comprim evit elimin empeor degrad",
        "good": "mejor super aventaj óptim excel sobresal gan$ gana aument fortalec robust éxito venc logra alcanz estado$",
        "bad": "empeor peor inferior degrad deterior perjudic fall rezag por$debajo baj debil disminuy caída menor$ menores$ reduc fracas pierd",
        "fast": "rápid aceler veloz velocidad",
        "slow": "lent ralentiz demor retras",
        "not": "no$ sin$ ni$ nunca$ jamás$ ningun ningún$ tampoco$ nada$ evita evitan falta carec elimin excl apenas$ prescind innecesari",
    },
    "fr": {
        "up": "augment accroî accru hausse élèv élev supérieur doubl croît croiss grand",
        "down": "rédui diminu baiss inférieur moins$ chut moitié$ raccourc économis atténu seulement$ élimin évit faible dégrad",
        "good": "amélior surpass dépass meilleur mieux$ supérieur excell optim renforc augment gagn bat$ battent robust attein",
        "bad": "dégrad détérior pire inférieur moins$ échou nuit affaibl baiss pert retard perd diminu",
        "fast": "rapid accél vite$ vitesse",
        "slow": "lent ralenti retard",
        "not": "ne$ n' pas$ sans$ aucun ni$ jamais$ non$ évit manque élimin inutile exclu",
    },
    "de": {
        "up": "erhöh steig stieg zunahm zunehm wächs größer höher verdoppel vergrößer vermehr länger hoch$ hohe",
        "down": "verringer reduzier senk$ senkt sank sink geringer weniger$ niedriger kleiner halbier verkürz spart$ sparen$ spare$ sparsam einspar erspar gespart$ minder nur$ abnahm abnehm fällt gemilder vermeid kürzer verschlechter",
        "good": "verbesser übertr übertreff besser beste überleg steiger stärk erhöh gewinn erreich robust",
        "bad": "verschlechter schlechter unterleg schwäch beeinträchtig schad scheiter versag hinter$ unterliegt sink senk verlier verring",
        "fast": "schnell beschleunig rasch",
        "slow": "langsam verlangsam verzöger",
        "not": "nicht$ kein ohne$ nie$ niemals$ weder$ noch$ vermeid entfäll un fehl statt$ verzicht",
    },
    "pt-BR": {
        "up": "aument cresc elev maior ampli dobr super sobe$",
        "down": "reduz reduç diminu menor menos$ cai$ caem$ queda metade$ encurt econom baix apenas$ mitig elimin evit pior",
        "good": "melhor super excel ótim fortalec aument ganh vence alcanç robust",
        "bad": "pior degrad deterior inferior prejudic falh fracass baix queda diminu perd",
        "fast": "rápid aceler veloc",
        "slow": "lent atras",
        "not": "não$ sem$ nem$ nunca$ nenhum evit falt elimin dispens desnecess jamais$",
    },
    "it": {
        "up": "aument increment cresc elev maggior ampli raddoppi super",
        "down": "ridu diminu minor meno$ cal$ cala calo dimezz accorci risparm abbass solo$ attenu elimin evit peggior",
        "good": "miglior super eccel ottim rafforz aument vinc raggiung robust",
        "bad": "peggior degrad deterior inferior dannegg fallis indebol cal diminu perd",
        "fast": "veloc rapid acceler",
        "slow": "lent rallent ritard",
        "not": "non$ senza$ né$ mai$ nessun evit manc elimin inutil",
    },
    "ru": {
        "up": "увелич повы рост раст больш выше$ возраст превы удво расшир прирост",
        "down": "уменьш сниж снизи сокра меньш ниже$ пада упал снижен вдвое$ эконом менее$ лишь$ только$ смягч устран ухудш",
        "good": "улучш превос превыш лучш обгон повы опереж усил достиг превзо",
        "bad": "ухудш хуже$ уступ деград отста сниж ослаб вред проигр неуда слаб падени",
        "fast": "быстр ускор скор",
        "slow": "медлен замедл задерж",
        "not": "не$ ни$ без$ нет$ никогда$ отсутств лиш устран избег ненужн невозмож",
    },
    "ar": {
        "up": "زيادة يزيد تزيد زاد زادت ارتفاع يرتفع ترتفع ارتفع رفع يرفع ترفع أعلى أكبر أكثر زياد تضاعف يضاعف ازداد تزداد يزداد رفعت",
        "down": "انخفاض ينخفض تنخفض انخفض خفض يخفض تخفض تقليل يقلل تقلل قلل أقل أدنى تراجع يتراجع تتراجع هبوط نقص ينقص أصغر تقليص يقلص تقلص اختصار نصف فقط خفف يخفف تخفيف انخفضت يختصر تختصر خفّض تخفيض أقصر وفر يوفر دون",
        "good": "تحسين يحسن تحسن حسن يتفوق تتفوق تفوق متفوق أفضل الأفضل يتجاوز تتجاوز تجاوز أعلى تعزيز يعزز تعزز زيادة يرفع ترفع يتحسن تتحسن حسنت رفعت تفوقت يحقق تحقق",
        "bad": "تدهور يتدهور تتدهور أسوأ يسوء تراجع يتراجع تتراجع انخفاض ينخفض تنخفض يضعف تضعف أضعف يفشل تفشل فشل يتخلف تتخلف خسارة أدنى أقل يضر تضر دون ساء ساءت",
        "fast": "أسرع تسريع يسرع تسرع سرعة سريع سرع بسرعة",
        "slow": "أبطأ بطيء إبطاء يبطئ تبطئ بطء تأخير",
        "not": "لا$ لم$ لن$ ليس ليست بدون$ دون$ غير$ عدم$ بلا$ ما$ يتجنب تتجنب يفشل فشل يفتقر يلغي مستغنيا إلغاء",
    },
    "vi": {
        "up": "tăng$ cao$hơn$ cao$ nhiều$hơn$ nhiều$ lớn$hơn$ lớn$ dài$hơn$ mở$rộng gấp$ hơn$", "down": "giảm$ thấp$ thấp$hơn$ ít$ ít$hơn$ nhỏ$ nhỏ$hơn$ ngắn$hơn$ một$nửa$ rút$ngắn$ tiết$kiệm$ chỉ$",
        "good": "cải$thiện$ tốt$hơn$ vượt$ vượt$trội$ tốt$nhất$ nâng$cao$ tăng$ chính$xác$hơn$ cao$hơn$ đạt$", "bad": "tệ$hơn$ kém$ suy$giảm$ thua$ thất$bại$ xấu$ giảm$",
        "fast": "nhanh$ tăng$tốc$", "slow": "chậm$", "not": "không$ chưa$ chẳng$ thiếu$ tránh$ mà$không$cần$",
    },
    "id": {
        "up": "meningkat naik bertambah lebih$banyak lebih$tinggi lebih$besar menambah memperbesar", "down": "menurun turun berkurang mengurangi lebih$rendah lebih$sedikit lebih$kecil memangkas menghemat hanya$ penurunan",
        "good": "meningkat unggul mengungguli lebih$baik terbaik memperbaiki melampaui", "bad": "memburuk lebih$buruk kalah menurun gagal merosot tertinggal penurunan",
        "fast": "cepat mempercepat", "slow": "lambat memperlambat", "not": "tidak$ tanpa$ bukan$ belum$ tak$ tiada$",
    },
    "hi": {
        "up": "बढ़ अधिक ज़्यादा ज्यादा उच्च वृद्धि दोगुन", "down": "घटा$ घटी$ घटे$ घटाता$ घटाती$ घटाते$ घटाकर$ घटाने$ घटता$ घटती$ घटते$ घटकर$ घटाया$ घटाई$ घटाए$ घटौती$ कम$ कमी$ गिरा$ गिरी$ गिरे$ गिरता$ गिरती$ गिरते$ गिरकर$ गिराव आधा$ आधे$ आधी$ निम्न$ केवल$",
        "good": "बेहतर सुधार श्रेष्ठ उत्कृष्ट बढ़ आगे सर्वोत्तम", "bad": "बदतर खराब ख़राब गिराव पिछड़ कमज़ोर कमजोर घटता$ घटती$ घटते$ घटा$ घटी$ घटे$ घटाता$ घटाती$ घटाते$ घटाकर$ विफल",
        "fast": "तेज़ तेज शीघ्र", "slow": "धीम धीर", "not": "नहीं न$ बिना$ ना$ रहित बग़ैर",
    },
    "he": {
        "up": "גדל עול עלה עלי מעל יותר$ גבוה הגדל מגדיל רב$ מגביר", "down": "ירד יורד ירי פחות$ נמוך קטן מפחית הפחת מקטין חצי$ מצמצם רק$ מקצר חוסך",
        "good": "משפר שיפור טוב עולה עולים עדיף מתעל השתפר מוביל מגביר", "bad": "גרוע נחות פוגע הידרדר נכשל ירידה מרע חלש נופל",
        "fast": "מהיר מאיץ האצ", "slow": "איטי מאט האט", "not": "לא$ ללא$ אין$ אינו אינה אינם בלי$ אי$ מבלי$ בלתי$ נטול",
    },
}  # fmt: skip

# What denies a statement, as against what names a lack ("without", 非, غير). Patterns.
DENIALS: Mapping[str, str] = {
    "ko": "않|못(?!지않)|아닙|아니(?!라 )|아닌",
    "zh": "不|没|沒|未|并非|並非|无法|無法|难以|難以|从不|從不",
    "ja": "ません|なかった|できない|しない|られない|れない|ではない|とはならず|せず|ならず|えない",
    "es": r"\bno\b",
    "fr": r"\bne\b|\bn'",
    "de": r"\b(?:nicht|kein\w*|nie|niemals|weder)\b",
    "pt-BR": r"\bnão\b",
    "it": r"\bnon\b",
    "ru": r"\b(?:не|нет)\b",
    "ar": r"\b[وف]?(?:لا|لم|لن|ليس|ليست|ما)\b",
    "vi": r"\b(?:không|chưa|chẳng)\b",
    "id": r"\b(?:tidak|bukan|belum|tak)\b",
    "hi": r"\b(?:नहीं|न|ना)\b",
    "he": r"\b[וש]?(?:לא|אין|אינו|אינה|אינם)\b",
    "en": r"\b(?:not|never|cannot|no|neither|nor)\b|n't\b",
}  # fmt: skip

# What only repeats a denial where there is one in the sentence ("no … nunca … ningún", "не … ни … никогда", "न … न"),
# and denies by itself where there is none.
CONCORD: Mapping[str, str] = {
    "es": r"\b(?:ni|nunca|jamás|tampoco|nadie|nada|ningun\w*|ningún)\b",
    "fr": r"\b(?:jamais|aucun\w*|ni|nul(?:le)?|personne|rien)\b",
    "pt-BR": r"\b(?:nem|nunca|jamais|tampouco|nenhum\w*|nada|ninguém)\b",
    "it": r"\b(?:né|mai|nessun\w*|neppure|nemmeno|neanche|niente|nulla)\b",
    "ru": r"\b(?:ни|никогда|никак\w*|нигде|ничего|ничем|никто|никем|никому)\b",
}  # fmt: skip

# Languages that deny each member of a list: "न … न", "לא … ולא", "لا … ولا", "không … cũng không", "weder … noch".
REPEATED = frozenset({"es", "fr", "pt-BR", "it", "ru", "hi", "he", "ar", "vi", "id"})

# Words that admit a defeat, whatever else a sentence says.
DEFEATS: Mapping[str, str] = {
    "ko": "악화|저하|뒤처|뒤떨어|뒤지|뒤집니|열등|나빠|나쁩|하회|밀립|밀리|떨어집|떨어졌|패배|열세|못 미",
    "zh": "恶化|惡化|不如|逊于|遜於|劣于|劣於|落后|落後|更差|变差|變差|退化|不及|较差|較差|差于|弱于|输给|輸給|下降|比.{1,16}差(?!异|距|分)",
    "ja": "悪化|劣|後れ|遅れをと|負け|及ばな|及びま|損な",
    "es": r"\b(?:empeor|peor|inferior|degrad|deterior|rezag|fracas|caída|pierde)\w*",
    "fr": r"\b(?:dégrad|détérior|pire|échou|inférieur|recul)\w*",
    "de": r"\b(?:verschlecht|schlechter|unterleg|unterliegt|versag|schwächer)\w*",
    "pt-BR": r"\b(?:pior|degrad|deterior|inferior|fracass|perde)\w*",
    "it": r"\b(?:peggior|degrad|deterior|inferior|fallis|perde)\w*",
    "ru": r"\b(?:ухудш|хуже|уступ|деград|отста|проигр)\w*",
    "ar": r"\b[وف]?(?:تدهور|يتدهور|تتدهور|أسوأ|يسوء|تسوء|يتخلف|تتخلف|يفشل|تفشل|فشل|تراجع|يتراجع|تتراجع|خسر|يخسر|تخسر)\b",
    "vi": r"\b(?:tệ hơn|kém hơn|suy giảm|thất bại|thua)\b",
    "id": r"\b(?:memburuk|lebih buruk|kalah|gagal|merosot|tertinggal)\b",
    "hi": r"\b(?:बदतर|खराब|ख़राब|पिछड़\w*|विफल)",
    "he": "גרוע|נחות|הידרדר|נכשל",
    "en": r"\b(?:worse\w*|degrad\w*|underperform\w*|inferior|deteriorat\w*|lag\w*|fail\w*|trail\w*|harm\w*|hurt\w*|declin\w*|weak\w*|suffer\w*|struggl\w*|collaps\w*|behind|poor\w*|los[et]\w*|loss\w*|drop\w*|below|undermin\w*|impair\w*|hinder\w*|damag\w*|fall\w*|fell|decreas\w*|insufficient|limited|cannot|vulnerab\w*|brittle|break\w*|mistak\w*|regress\w*)\b",
}  # fmt: skip

# Lacks within one word ("비희소", 非, غير), which answer to an English "un-" or "non-".
LACKS: Mapping[str, str] = {
    "ko": "비(?:희소|지도|선형|정상|대칭|동기|공개|정형|자기)|미(?:분류|공개|지의)|무(?:작위|감독|관)|불(?:안정|균형|일치|필요|확실)",
    "zh": "非|无|無|未标|不(?:稳|穩|平衡|一致|确定|確定)",
    "ja": "非|無|未|不",
    "ar": "غير|بدون|دون",
    "de": r"\bun\w+|nicht-",
    "ru": r"\bне[а-я]{4,}",
}  # fmt: skip
