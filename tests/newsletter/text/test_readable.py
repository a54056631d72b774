import gzip
import json
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.text.readable import readable, sentences

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "arxiv_meta"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"$\mathcal{O}(n^2)$", "O(n²)"),
        (r"{\sc MwpBench}: a test", "MwpBench: a test"),
        (r"\textbf{Bold} and \emph{slanted}", "Bold and slanted"),
        ("$ω$Test", "ωTest"),
        (r"$\texttt{YC-Bench}$", "YC-Bench"),
        (r"at z $\sim$ 2", "at z ~ 2"),
        (r"$\sim 60$ papers", "~60 papers"),
        (r"$0.7 \lesssim z \lesssim 2$", "0.7 ≲ z ≲ 2"),
        (r"3$\times$2-pt", "3×2-pt"),
        (r"a $7 \times 6$ board", "a 7 × 6 board"),
        (r"360$^\circ$ views", "360° views"),
        (r"$D_s\to X_s\ell\barν$", "Dₛ → Xₛℓν̄"),
        (r"$\mathbb{R}^{2k}$", "ℝ²ᵏ"),
        (r"$M_{\rm star} > 10^{9}\,M_\odot$", "M_star > 10⁹ M⊙"),
        (r"$\frac{1}{2}$ and $\frac{a+b}{c}$", "1/2 and (a+b)/c"),
        (r"$\sqrt{s_{NN}}$, $\sqrt[3]{x}$", "√s_NN, ∛x"),
        (r"$\log n$ and $\log(n)$", "log n and log(n)"),
        (r"$\textbf{AGT$^{AO}$}$: x", "AGTᴬᴼ: x"),
        (r"G358.93$-$0.03 MM1", "G358.93-0.03 MM1"),
        (r"\(x_1\) or \[x_2\]", "x₁ or x₂"),
        (r"Schr\"odinger, Erd\H{o}s, Fran\c{c}ois, \'{E}va, \v{S}koda, \AA ngstr\"om",
         "Schrödinger, Erdős, François, Éva, Škoda, Ångström"),
        ("Mus{é}e d'Arch{é}ologie", "Musée d'Archéologie"),
        (r"na\"{\i}ve", "naïve"),
        (r"95\% of R\&D for \$100", "95% of R&D for $100"),
        ("VLA^2: x, FA^{3}-CLIP, Face-D(^2)CL", "VLA²: x, FA³-CLIP, Face-D²CL"),
        ("{GSR4B}: maps", "GSR4B: maps"),
        ("``quoted'' words", "“quoted” words"),
        ("Kazhdan--Lusztig -- a study---really", "Kazhdan–Lusztig – a study—really"),
        ("Fig.~2 and Preskill~\\cite{tee}", "Fig. 2 and Preskill [tee]"),
        (r"see \url{https://x.org/a_b} or \href{https://x.org}{our page}",
         "see https://x.org/a_b or our page (https://x.org)"),
        (r"\textcolor{red}{new} \unicode{x2014}", "new —"),
        (r"CO$_2$ and $\ell_{2,p}$", "CO₂ and ℓ_(2,p)"),
        (r"$K^{*0}$, $H^\pm$, $C^*$, $f'$", "K*⁰, H±, C*, f′"),
        (r"\Euclid photometry", "Euclid photometry"),
        (r"the 5$^{th}$ run, Foo$^{TM}$", "the 5th run, Foo™"),
        (r"\ion{C}{4} lines, {\eta} = 2", "C IV lines, η = 2"),
        (r"$\widehat{\mathfrak sl}_2$", "ŝl₂"),
        (r"in $\{\pm 1, \pm i\}$", "in {±1, ±i}"),
        (r"ends \footnote{Code at x.org", "ends (Code at x.org)"),
        (r"$\frac{1}{2\sqrt{2}}\frac{n}{N^{1/d}}$", "(1/(2√2))(n/N^(1/d))"),
        (r"$\frac12x$, $x\frac{a}{b}$, $\frac{a}{b}^2$, $-\frac{a}{bc}$", "(1/2)x, x(a/b), (a/b)², -a/(bc)"),
        (r"${a+b}^2$, $\sqrt{x}^2$, $\sqrt{2}x$, $\sqrt{xy}z$", "(a+b)², (√x)², √2·x, √(xy)z"),
        (r"$x^{y^z}$, $M_{\rm max}x$, $x_{i_j}$", "x^(yᶻ), M_max x, x_(iⱼ)"),
        (r"$\frac{\d x}{\d t}$ in $\O(n\log n)$ time", "dx/dt in O(n log n) time"),
        (r"$\frac{\partial f}{\partial x}$", "∂f/∂x"),
        (r"$\mathbbm{1}_{[x>0]}$ loss", "𝟙_[x>0] loss"),
        ("at 10~GeV, 5~10 of them", "at 10 GeV, 5~10 of them"),
        ("a **bold** claim, an *idea*, ``quotes\" too", "a bold claim, an idea, “quotes” too"),
    ],
)  # fmt: skip
def test_tex_becomes_what_it_says(written, read):
    assert readable(written) == unicodedata.normalize("NFC", read)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain words, 5 < 6 & more.",
        "It costs $5",
        "between $5 and $10 a day",
        "from $3M to $300M+ in 5 years",
        "Surpassing Wan-I2V with $500 Training Cost",
        "Fixing 7,400 Bugs for 1$: cheap",
        "$1,000 in total, or $2,000 for both",
        r"We present \ours, with \modelname{} inside",
        r"an Electroweak $\etaw$ Pseudo-Scalar",
        'the call f({"a": 1}) and the set {A, B, C} in {name}',
        r"the path C:\new\table and the pattern \d+\w*",
        "snake_case_name, sudo rm -rf agentic_security, run --help",
        "about ~60 papers, home at https://x.edu/~user, 5~10 of them",
        "GW200208_22 and D_5-symmetric",
        "{{ template }} ${HOME} {%tag%}",
        "unbalanced { brace and } brace",
        "12''",
        r"$\myop{a}{b}+c^2$ and more",
        r"\(\myop{a}^2\) and \[\foo_1\]",
        "A* search, D* Lite, 2**3, a * b * c, C* and *, ** and __init__",
    ],
)
def test_what_has_no_certain_reading_stays_as_it_was(text):
    assert readable(text) == text


def test_a_price_beside_a_formula():
    assert readable("costs $500 per user and $n$ tokens") == "costs $500 per user and n tokens"
    assert readable(r"\$0.30 per $10^6$ tokens") == "$0.30 per 10⁶ tokens"


@given(st.text(alphabet=st.sampled_from("\\${}^_ab2 ~'`\"-()[]\n\talphaé"), max_size=120))
def test_any_text_gives_a_text(text):
    assert isinstance(readable(text), str)
    assert readable.__wrapped__(text) == readable(text)


@given(st.text(max_size=200))
def test_text_without_signs_is_untouched(text):
    plain = re.sub(r"[\\${}^~_`*-]", "", text)
    assert readable(plain) == plain


@pytest.mark.parametrize(
    "text",
    ["{" * 10_000, "$" * 10_000, r"\url{" * 1_400, r"$\frac{" * 1_400, "$a " * 3_000, "^{" * 5_000,
     r"\textbf{" * 1_200 + "x" + "}" * 100, "{\\bf " * 1_400, r"\sqrt" * 1_400, "(^" * 4_900, "``" * 4_900],
    ids=range(11),
)  # fmt: skip
def test_hostile_nesting_costs_little(text):
    began = time.process_time()
    readable.__wrapped__(text)
    sentences(text)
    assert time.process_time() - began < 2


@pytest.mark.slow
def test_no_recorded_title_keeps_a_dollar_sign_or_a_backslash_that_has_a_reading():
    if not RECORDED.is_dir():
        pytest.skip("the recorded metadata in ../shared/data/arxiv_meta is not here")
    titles = set()
    for path in RECORDED.glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            titles |= {" ".join(json.loads(line)["title"].split()) for line in lines}
    left = {text for title in titles if "$" in (text := readable(title)) or "\\" in text}
    prices = {text for text in left if re.search(r"\$(?:\d|One)|\d\$", text) and "\\" not in text}
    unknown = {text for text in left - prices if re.search(r"\\(?:etaw|md)\b", text)}
    assert len(titles) > 60_000
    assert left == prices | unknown
    assert len(left) <= 6


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One. Two! Three? Four", 4),
        ("As Smith et al. (2020) show, it grows by 1.5 points. We agree.", 2),
        ("Following Smith et al. We train a model.", 2),
        ("See Fig. 2 and Eq. 3, e.g. The Pile, vs. BERT. It works.", 2),
        ("We use data (cf. Sec. 2. More there) and code. It runs.", 2),
        ("It is fast (unclosed. We say so. And again.", 3),
        ("J. R. Smith wrote it. M. Lee read it.", 2),
        ("Scores rise. vLLM is faster. GPT-4 is not.", 3),
        ("“Is it?” Yes. (It is.) Done.", 4),
        ("Das ist ein Satz. Это предложение. Ещё одно.", 3),
        ("これは文です。次の文です。", 2),
        ("यह वाक्य है। दूसरा वाक्य।", 2),
        ("Tokens, images, etc. are used. The U.S. market too.", 2),
        ("A score of 3.5. 40% better.", 2),
        (
            "It helps others.However, we differ.Validated on Bar, it holds (VQA).For this, we wait.",
            4,
        ),
        ("We use Autoware.Universe, node.js and Fake.Br. It runs.", 2),
        ("As in [Smith, Phys. Rev. Lett. 130, 241402 (2023)]. We agree with Gen. Relativ. Gravit. 38.", 2),
        ("We study cars, etc. Traditional methods fail in all Apps. For instance, none runs.", 3),
        ("It is 9.0 (stat.) and 0.2 (sys.) Mpc away.", 1),
        ("It is free as given by D. A. Ellwood. A proof follows.", 2),
        ("Aims. We look. Results. We find. Conclusions. It holds.", 6),
    ],
)
def test_sentences_end_where_a_reader_says(text, count):
    found = sentences(text)
    assert len(found) == count, found
    assert "".join("".join(found).split()) == "".join(text.split())


@given(st.text(max_size=300))
def test_sentences_lose_nothing(text):
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(one in text for one in found)
