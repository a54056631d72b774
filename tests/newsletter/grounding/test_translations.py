"""How natives write what an English sentence says: right values that no check may refuse, and wrong ones."""

import pytest

from newsletter.grounding.quantities import quantities
from tests.newsletter.grounding.checking import refused

TRUE = [
    # The sides of something, with any sign for "by".
    ("en", "It works at 512×512 or 1024×768 pixels only.", "It only works at 512x512 or 1024x768 pixels."),
    ("vi", "Hệ thống chạy ở độ phân giải 480×832.", "The system runs at 480x832 resolution."),
    ("it", "Il modello lavora a 256×256 pixel.", "The model works at 256x256 pixels."),
    ("de", "Das Schema multipliziert 4×4×10-Matrizen.", "The scheme multiplies 4 times 4 times 10 matrices."),
    # Powers of ten, and a unit after a space of TeX.
    ("vi", "Thời gian sống là 10¹⁵ giây.", r"The lifetime is $10^{15} \, \mathrm{s}$."),
    ("fr", "Le modèle a vu 3,2 × 10⁵ exemples.", "The model saw 320,000 examples."),
    # A unit or a scale that is said once.
    (
        "it",
        "Togliere il colore costa 10,6 punti percentuali, togliere la trama 37,6.",
        "Removing colour costs 10.6pp and removing texture costs 37.6pp.",
    ),
    (
        "fr",
        "De 1,3 à 14 milliards de paramètres, la précision augmente.",
        "From 1.3B to 14B parameters accuracy increases.",
    ),
    ("id", "Pelatihan memakan 38.400 jam GPU.", "Training takes 38,400 GPU hours."),
    ("it", "Il FID scende a 0,72.", "The generator reaches0.72 FID."),
    # Parts and small counts in words.
    ("de", "Drei Viertel der Bilder sind verdeckt.", "We mask 75% of the images."),
    ("fr", "Aucune des deux approches ne suffit.", "Neither approach is enough alone."),
    # Proper nouns that have a name of their own in each language.
    ("fr", "L'antenne est derrière la Lune.", "The antenna is behind the Moon."),
    ("es", "Tras el Amanecer Cósmico la señal crece.", "After the Cosmic Dawn the signal grows."),
    ("pt-BR", "Só se conhece o Arco Sunburst.", "Only the Sunburst Arc is known."),
    ("it", "La curva cambia pendenza a 3,3 UA.", "The curve changes its slope at 3.3 au."),
    ("fr", "Le code est sur GitHub.", "The code will be released soon."),
    # Words that only look like a denial or a direction.
    ("vi", "Phương pháp làm việc trong không gian ẩn.", "The method works in a latent space."),
    ("it", "Il meccanismo è di natura non lineare.", "The mechanism is nonlinear."),
    ("it", "La polvere viene dalla superficie.", "The small dust comes from the ground."),
    (
        "es",
        "Una de las tareas es la descripción de imágenes.",
        "One of the tasks with higher-order edits is captioning.",
    ),
    ("fr", "Les défaillances n'ont rien de fortuit.", "The failures are systematic."),
    ("ar", "لا يتحسن الأداء بأكثر من 0.3.", "Performance improves by at most 0.3."),
    ("ar", "لم يُدرَّب النموذج إلا على بيانات اصطناعية.", "The model is trained only on synthetic data."),
    ("zh-Hans", "给定一组不受限的图像。", "Given an unconstrained set of images."),
    ("fr", "Sa charge est bien inférieure à la charge élémentaire.", "Its charge is much smaller than one."),
    ("fr", "Les contextes ont de 32 000 à 256 000 tokens.", "Contexts have 32K-256K tokens."),
    ("it", "Un generatore a un solo passo vince.", "A one-step generator wins and improves."),
    ("vi", "Cách này chẳng cải thiện được bao nhiêu.", "This brings marginal gains."),
]

FALSE = [
    ("de", "Das Schema multipliziert 4×5×10-Matrizen.", "The scheme multiplies 4x4x10 matrices.", "number"),
    ("fr", "Le modèle a vu 3,2 × 10⁶ exemples.", "The model saw 320,000 examples.", "number"),
    ("id", "Pelatihan memakan 38.400 menit GPU.", "Training takes 38,400 GPU hours.", "number"),
    (
        "fr",
        "De 1,4 à 14 milliards de paramètres, la précision augmente.",
        "From 1.3B to 14B parameters accuracy increases.",
        "number",
    ),
    ("id", "GPT-5 memuat 95 ribu gambar.", "The data set of GPT-4 holds 95K images.", "name"),
    ("fr", "L'antenne Kinetics est sur la Lune.", "The antenna is on the Moon.", "name"),
    # A limit, a contrast or what remains is no ground for a denial.
    (
        "es",
        "El modelo no supera a los demás.",
        "The model, with only four frames, surpasses others.",
        "direction",
    ),
    ("pt-BR", "O cenário não continua viável.", "The scenario remains viable.", "direction"),
    (
        "fr",
        "Les modèles n'en gardent pas la dynamique.",
        "The models keep these dynamics despite other training.",
        "direction",
    ),
    (
        "id",
        "Sumbangan nonperturbatif tidak diperlukan.",
        "The non-perturbative contributions are essential.",
        "direction",
    ),
    (
        "it",
        "Il modello non misura la memoria.",
        "It measures memory with non-declarative tests.",
        "direction",
    ),
    ("vi", "Mã nguồn có trên GitHub.", "The model collects knowledge by searching.", "evidence"),
    ("de", "Der Code liegt auf Hugging Face.", "The stable footprint reaches 80 rounds.", "evidence"),
    # However short, and with an address.
    (
        "pt-BR",
        "Code is available at https://example.org/a.",
        "Code is available at https://example.org/a.",
        "language",
    ),
]


@pytest.mark.parametrize(("language", "text", "evidence"), TRUE)
def test_true_translations_pass(language, text, evidence):
    # What so short a sentence shares with its evidence is another check's.
    assert refused(language, text, evidence) <= {"overlap"}


@pytest.mark.parametrize(("language", "text", "evidence", "check"), FALSE)
def test_false_translations_are_refused(language, text, evidence, check):
    assert check in refused(language, text, evidence)


def test_sides_have_no_unit_and_times_alone_is_one():
    sides = [(each.readings, each.unit) for each in quantities("at 512 x 512 it is 3x faster", language="en")]
    assert sides == [((512.0,), ""), ((512.0,), ""), ((3.0,), "times")]
