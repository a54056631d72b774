"""What TeX's words mean in Unicode: pure tables for :mod:`newsletter.text.tex`.

Our own table holds what abstracts use; pylatexenc's table of replacements answers for the rest.
"""

from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db


def _pairs(text: str) -> dict[str, str]:
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def words(text: str) -> frozenset[str]:
    """The words of a string, as a set."""
    return frozenset(text.split())


GREEK = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ "
    "varkappa ϰ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ "
    "upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ "
    "Upsilon Υ Phi Φ Psi Ψ Omega Ω varGamma Γ varDelta Δ varTheta Θ varLambda Λ varSigma Σ varPhi Φ "
    "varPsi Ψ varOmega Ω upalpha α upbeta β upgamma γ updelta δ upmu μ upnu ν uppi π uptau τ"
)

# Between two operands they are set off by spaces; before the first operand they stick to it ("~60", "≥5").
RELATIONS = _pairs(
    "sim ~ approx ≈ simeq ≃ cong ≅ equiv ≡ propto ∝ leq ≤ le ≤ geq ≥ ge ≥ leqslant ⩽ geqslant ⩾ ll ≪ gg ≫ "
    "lesssim ≲ gtrsim ≳ lessapprox ⪅ gtrapprox ⪆ lt < gt > ne ≠ neq ≠ in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ "
    "subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ "
    "longrightarrow ⟶ longleftarrow ⟵ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ iff ⟺ mapsto ↦ "
    "longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ rightsquigarrow ⇝ leadsto ⇝ rightleftharpoons ⇌ "
    "nrightarrow ↛ nleftarrow ↚ twoheadrightarrow ↠ rightarrowtail ↣ prec ≺ succ ≻ preceq ⪯ succeq ⪰ "
    "perp ⊥ parallel ∥ mid | nmid ∤ models ⊨ vDash ⊨ vdash ⊢ dashv ⊣ bowtie ⋈ asymp ≍ doteq ≐ coloneqq ≔ "
    "triangleq ≜ trianglelefteq ⊴ backsimeq ⋍ Longrightarrow ⟹ times × pm ± mp ∓ otimes ⊗ oplus ⊕ ominus ⊖ "
    "odot ⊙ oslash ⊘ boxtimes ⊠ boxplus ⊞ cup ∪ cap ∩ sqcup ⊔ sqcap ⊓ wedge ∧ vee ∨ land ∧ lor ∨ rtimes ⋊ "
    "ltimes ⋉ setminus ∖ smallsetminus ∖ div ÷ uplus ⊎ amalg ⨿ xrightarrow → xleftarrow ←"
)

SYMBOLS = {
    **GREEK,
    **RELATIONS,
    **_pairs(
        "infty ∞ ell ℓ hbar ℏ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ emptyset ∅ varnothing ∅ prime ′ "
        "dagger † ddagger ‡ star ⋆ ast * circ ∘ bullet • cdot · diamond ⋄ Diamond ◇ square □ Box □ "
        "blacksquare ■ triangle △ sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ oint ∮ bigoplus ⨁ bigotimes ⨂ "
        "bigcup ⋃ bigcap ⋂ bigwedge ⋀ bigvee ⋁ bigsqcup ⨆ langle ⟨ rangle ⟩ lvert | rvert | vert | Vert ‖ "
        "lVert ‖ rVert ‖ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lbrace { rbrace } lbrack [ rbrack ] ldots … "
        "dots … dotsc … dotsb … cdots ⋯ vdots ⋮ ddots ⋱ imath ı jmath ȷ aleph ℵ beth ℶ Re ℜ Im ℑ wp ℘ "
        "uparrow ↑ downarrow ↓ Uparrow ⇑ Downarrow ⇓ updownarrow ↕ nearrow ↗ searrow ↘ nwarrow ↖ swarrow ↙ "
        "top ⊤ bot ⊥ angle ∠ flat ♭ sharp ♯ natural ♮ neg ¬ lnot ¬ surd √ complement ∁ colon : hslash ℏ "
        "degree ° textdegree ° deg ° arcdeg ° percent % percnt % copyright © textcopyright © "
        "textregistered ® circledR ® texttrademark ™ checkmark ✓ textpertenthousand ‱ textperthousand ‰ "
        "permil ‰ textmu μ micro μ textgreater > textless < textbar | textbackslash \\ backslash \\ "
        "textasciitilde ~ textasciicircum ^ textunderscore _ textemdash — textendash – emdash — endash – "
        "textquoteright ’ textquoteleft ‘ textquotedblleft “ textquotedblright ” textquotesingle ' lq ‘ rq ’ "
        "guillemotleft « guillemotright » textellipsis … textbullet • textdagger † textrightarrow → "
        "textasteriskcentered * pounds £ textsterling £ euro € texteuro € yen ¥ textdollar $ "
        "S § P ¶ ss ß SS ẞ ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł aa å AA Å i ı j ȷ dh ð DH Ð th þ TH Þ dj đ "
        "DJ Đ ng ŋ slash / sun ⊙ earth ⊕ arcsec ″ arcmin ′ farcs ″ farcm ′ fdg ° lg lg planck ℎ digamma ϝ "
        "Bbbk 𝕜 TeX TeX LaTeX LaTeX LaTeXe LaTeX2e BibTeX BibTeX eg e.g. ie i.e. etc etc. etal et␣al. "
        "msun M⊙ Msun M⊙ lsun L⊙ Lsun L⊙ rsun R⊙ Rsun R⊙ kms km/s Halpha Hα HI H␣I HII H␣II hii H␣II hi H␣I "
        "lambdabar ƛ ohm Ω ang Å angstrom Å"
    ),
}
SYMBOLS = {name: value.replace("␣", " ") for name, value in SYMBOLS.items()}

# Letters of words: the space after such a command ends the command, not the word.
LETTERS = words("ss SS ae AE oe OE o O l L aa AA i j dh DH th TH dj DJ ng")

# Written upright with a space before a bare operand: "log n", but "log(n)".
FUNCTIONS = words(
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan min max sup inf lim "
    "liminf limsup det dim ker deg gcd lcm arg argmin argmax Pr hom mod sgn tr Tr rank diag erf var Var "
    "Cov supp span softmax sign"
)

# Names of user macros that everybody gives to the same things. Only in mathematics.
MATH_ALIASES = {
    **_pairs(
        "R ℝ C ℂ N ℕ Z ℤ Q ℚ RR ℝ CC ℂ NN ℕ ZZ ℤ QQ ℚ FF F EE E PP ℙ F F E E K K D D M M U U Y Y V V A A "
        "GL GL SL SL SO SO SU SU Sp Sp gl gl Hom Hom RHom RHom Ext Ext End End Aut Aut Spec Spec Sn Sₙ "
        "eps ε Oh O cat cat kpc kpc Mpc Mpc pc pc"
    ),
}

ACCENTS = {
    "bar": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
    "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "overrightarrow": "\u20d7", "check": "\u030c",
    "breve": "\u0306", "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a", "overline": "\u0305",
    "not": "\u0338",
}  # fmt: skip
TEXT_ACCENTS = {
    "'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip

# One argument, whose words count and whose looks do not.
WRAPPERS = words(
    "text textbf textit textsc textsf texttt textrm textsl textup textmd textnormal emph mathrm mathbf "
    "mathit mathsf mathtt mathcal mathfrak mathscr mathnormal boldsymbol bm bold operatorname "
    "operatorname* mbox hbox fbox underline uline ul uwave underbrace overbrace boxed url nolinkurl "
    "path added highlight hl ac acs acf acl acp acrfull acrshort acrlong gls Gls glspl textls smash "
    "ensuremath num mathop mathbin mathrel mathord mathopen mathclose textulc lowercase code textquote "
    "enquote"
)

# Switches of font, size or style: nothing to read.
SWITCHES = words(
    "rm bf it sc tt sf sl em cal frak bfseries itshape scshape ttfamily sffamily rmfamily slshape "
    "upshape mdseries normalfont tiny scriptsize footnotesize small normalsize large Large LARGE huge "
    "Huge displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits left right big Big bigg "
    "Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle noindent indent centering protect xspace "
    "mathsurround nobreak allowbreak relax boldmath unboldmath par"
)

SPACES = {
    ",": " ", ";": " ", ":": " ", " ": " ", ">": " ", "!": "", "-": "", "/": "", "@": "", "\\": " ",
    "\n": " ", "\t": " ", "quad": " ", "qquad": " ", "space": " ", "newline": " ", "linebreak": " ",
    "thinspace": " ", "enspace": " ", "nobreakspace": " ", "medspace": " ", "thickspace": " ",
}  # fmt: skip
ESCAPED = frozenset("&%#_{}$")

DOUBLE_STRUCK = _pairs("C ℂ H ℍ N ℕ P ℙ Q ℚ R ℝ Z ℤ 1 𝟙")
# In running text these are letters and signs of words; in a formula authors give the names to their own.
TEXT_ONLY = words("c b d H k r u v O o L l P S i j")

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
SUBSCRIPTS = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
# Raised where they stand, or at home at any height.
SUPERSCRIPTS |= {"∘": "°", "∗": "*"} | {sign: sign for sign in "°′″†‡*⋆™®±∓"}


@cache
def _library() -> dict[str, str]:
    """pylatexenc's one-character replacements; its longer ones are layout ("<cit.>", today's date)."""
    return {
        spec.macroname: replacement
        for spec in get_default_latex_context_db().iter_macro_specs()
        if isinstance(replacement := getattr(spec, "simplify_repl", None), str)
        and len(replacement) == 1
        and not replacement.isspace()
    }


def symbol(name: str) -> str | None:
    """The characters that a TeX command without arguments stands for, or None."""
    return SYMBOLS.get(name) or _library().get(name)
