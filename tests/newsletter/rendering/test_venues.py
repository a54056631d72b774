"""Of a comment that is shown which says venue, award or acceptance; all comments here are invented."""

import pytest

from newsletter.rendering.shortening import columns
from newsletter.rendering.venues import LONGEST_VENUE, venue

SHOWN = [
    ("CVPR 2026", "CVPR 2026"),
    ("Accepted to ICML 2026 (oral)", "Accepted to ICML 2026 (oral)"),
    ("Accepted to ICML 2026 (oral). 24 pages, 9 figures", "Accepted to ICML 2026 (oral)"),
    ("12 pages, 4 figures, accepted by ICRA 2027", "accepted by ICRA 2027"),
    ("9 pages; 3 tables; to appear in TACL", "to appear in TACL"),
    ("To appear in J. Algebra. 32 pages", "To appear in J. Algebra"),
    ("v3: final version, to appear in Comm. Math. Phys. Typos corrected", "to appear in Comm. Math. Phys"),
    ("ECCV'26, 14 pages, code: https://github.com/harbour/tide", "ECCV'26"),
    ("NeurIPS2026 Spotlight. Project page: https://harbour.github.io/tide", "NeurIPS2026 Spotlight"),
    ("Best Paper Award at the Tide Workshop 2026", "Best Paper Award at the Tide Workshop 2026"),
    ("Accepted at KR 2026. Best Student Paper Award", "Accepted at KR 2026, Best Student Paper Award"),
    ("8 pages, IROS 2026, Best Paper Finalist", "IROS 2026, Best Paper Finalist"),
    ("This paper was accepted for publication in MNRAS. Data on Zenodo", "accepted for publication in MNRAS"),
    ("21 pages, 7 figures, ApJ accepted", "ApJ accepted"),
    ("Phys. Lett. B, in press", "Phys. Lett. B, in press"),
    ("Camera-ready version for EMNLP 2026, 9 pages (main paper)", "Camera-ready version for EMNLP 2026"),
    ("Findings of ACL 2026", "Findings of ACL 2026"),
    ("Published as a conference paper at ICLR 2026", "Published as a conference paper at ICLR 2026"),
    ("IEEE Transactions on Harbour Systems, 2026", "IEEE Transactions on Harbour Systems, 2026"),
    ("Acceped by ACL 2026, the code follows upon publication", "Acceped by ACL 2026"),
    ("Submitted to and accepted at MobiCom 2026", "accepted at MobiCom 2026"),
    ("ICASSP 2026 (this version corrects Table 2)", "ICASSP 2026"),
    ("Accepted for publication in IEEE Transactions on Systems, Man, and Cybernetics: Systems",
     "Accepted for publication in IEEE Transactions on Systems, Man, and Cybernetics…"),
    ("Accepted to the Forty-Fourth Annual Conference on the Foundations of Tides and Waves (TIDES 2026)",
     "Accepted to TIDES 2026"),
    ("Accepted at the Workshop on Tides, ECCV 2026", "Accepted at the Workshop on Tides, ECCV 2026"),
    ("Interspeech 2026", "Interspeech 2026"),
    ("oral", "oral"),
    ("Oral", "Oral"),
    ("8 pages, oral", "oral"),
    ("Oral presentation", "Oral presentation"),
    ("12 pages, 3 figures, spotlight", "spotlight"),
    ("9 pages. Highlight paper", "Highlight paper"),
    ("Spotlight, CVPR 2026, 9 pages", "Spotlight, CVPR 2026"),
    ("ICLR oral", "ICLR oral"),
    ("15 pages, CVPR Oral", "CVPR Oral"),
    ("CVPR 2026(Highlight)", "CVPR 2026(Highlight)"),
    ("18 pages, 5 figures, ACL findings", "ACL findings"),
    ("AAAI-26", "AAAI-26"),
    ("IJCAI-26", "IJCAI-26"),
    ("AAAI-26, 9 pages", "AAAI-26"),
    ("AAAI-26 Oral", "AAAI-26 Oral"),
    ("9 pages, IJCAI26", "IJCAI26"),
    ("acl2026 findings", "acl2026 findings"),
    ("8 pages, eusipco2026", "eusipco2026"),
    ("icassp 2026", "icassp 2026"),
    ("aaai poster", "aaai poster"),
    ("9 pages, 4 figures, and AAAI-26 conference", "AAAI-26 conference"),
    ("Presented at the Harbour Congress. IAC-26,C1,IP,18", "Presented at the Harbour Congress, IAC-26"),
]  # fmt: skip

NOT_SHOWN = [
    "12 pages, 4 figures",
    "23 pages (9 main text, 14 appendix), 11 tables",
    "Code at https://github.com/harbour/tide",
    "Project page: https://cvpr2026.harbour.io/tide",
    "Preprint",
    "Preprint. Under review",
    "Under review at ICLR 2027",
    "ICLR 2027, under review",
    "Submitted to NeurIPS 2026",
    "Submitted to the International Conference on Tides (ICT 2026). 8 pages",
    "ICRA2027 submission",
    "CVPR 2027 submitted",
    "resubmitted to MNRAS after a minor revision",
    "This work has been submitted to the IEEE for possible publication",
    "In preparation for Nature",
    "Major revision at IEEE TPAMI",
    "Rejected from ICML 2026",
    "Withdrawn by the author; it had been accepted at ACL 2026",
    "This paper has been withdrawn",
    "A preliminary version was accepted at the AAAI 2026 Workshop on Tides",
    "Part of this work was presented at EGU 2026",
    "The code will be released upon acceptance",
    "Data will be published in the CDS",
    "If accepted, to appear in TMLR",
    "Comments welcome! v2: typos corrected, March 2026",
    "Technical Report 2026",
    "PhD thesis, University of the Harbour, 2026",
    "Master's Thesis, ETH 2026",
    "Uses the CVPR 2026 template",
    "Supported by NSF award 2026123",
    "2nd place in the NTIRE 2026 challenge",
    "arXiv admin note: text overlap with a paper accepted at ACL 2025",
    "October 2026",
    "Copyright 2026 IEEE. Personal use is permitted",
    "Trained on COVID-19 data, GPT-5 and ImageNet",
    "A Large Model of Harbours and Tides",
    "",
    "https://example.org/",
    "oral history",
    "12 pages, oral and written sources",
    "Submitted to AAAI-26, oral",
    "IJCAI-26, under review",
    "a poster",
    "conference paper",
    "october 2026",
    "revised 2026",
    "paper dated 2019",
    "findings 2026",
    "GPT-4, COVID-19",
    "COVID-19",
    "ICLR conference paper",
    "CVPR paper",
    "?",
]


@pytest.mark.parametrize(("comment", "shown"), SHOWN)
def test_what_says_a_venue_is_shown_and_nothing_else(comment, shown):
    assert venue(comment) == shown


@pytest.mark.parametrize("comment", NOT_SHOWN)
def test_what_says_none_is_not_shown(comment):
    assert venue(comment) == ""


@pytest.mark.parametrize(
    ("journal_ref", "shown"),
    [
        ("Phys. Rev. B 89, 224502 (2014)", "Phys. Rev. B 89, 224502 (2014)"),
        ('M. Quay et al., "On Tides," in IEEE Tide Letters, vol. 7, 2026', "IEEE Tide Letters, vol. 7, 2026"),
        ("https://harbour.example/paper.pdf", ""),
        ("submitted to Nature", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_journal_reference_stands_in_where_the_comment_says_nothing(journal_ref, shown):
    assert venue("12 pages", journal_ref) == shown
    assert venue("CVPR 2026", journal_ref) == "CVPR 2026"


@pytest.mark.parametrize("comment", ["Accepted " + "very " * 400, "(" * 900, "ACL 2026 " * 90, "x" * 5000])
def test_it_stays_short_whatever_comes(comment):
    assert columns(venue(comment)) <= LONGEST_VENUE
