"""To add a language is to add files: Polish, in a copy of the package that has nothing else of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import newsletter

pytestmark = pytest.mark.processes

PACKAGE = Path(newsletter.__file__).parent
POLISH = Path(__file__).parent / "data/polish"
EVIDENCE = "Two robot arms learn to fold cloth from 40 videos and improve accuracy in 5 hours."
LOOK = """
import json, sys
from newsletter.grounding import Source, check_text, failed
evidence, texts = json.load(sys.stdin)
source = Source("Weaver", evidence)
found = [failed(check_text(text, source, language="pl", evidence=evidence)) for text in texts]
print(json.dumps([sorted({each.check for each in one}) for one in found]))
"""
TEXTS = {
    "Dwa ramiona robota uczą się składać tkaninę z 40 filmów w 5 godzin.": [],
    "Dwa ramiona robota uczą się składać tkaninę z 45 filmów w 5 godzin.": ["number"],
    "Dwa ramiona robota uczą się składać tkaninę z 40 filmów w 5 tysięcy godzin.": ["number"],
    "Dwa ramiona robota nie uczą się składać tkaniny z 40 filmów.": ["direction"],
    "Dwa ramiona robota z 40 filmów pogarszają dokładność.": ["direction"],
    "Artykuł analizuje problem i proponuje nowe rozwiązanie.": ["overlap"],
    "Two robot arms learn to fold cloth from 40 videos.": ["language"],
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, root / "newsletter", ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    grounding = root / "newsletter/grounding"
    shutil.copy(POLISH / "language.toml", root / "newsletter/languages/pl.toml")
    shutil.copy(POLISH / "words.toml", grounding / "data/pl.toml")
    shutil.copy(POLISH / "terms.toml", grounding / "data/terms/pl.toml")
    return root


def run(root, *, texts):
    return subprocess.run(
        [sys.executable, "-c", LOOK],
        input=json.dumps([EVIDENCE, list(texts)]),
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_language_of_files_alone_is_checked(copied):
    looked = run(copied, texts=TEXTS)
    assert looked.returncode == 0, looked.stderr
    assert dict(zip(TEXTS, json.loads(looked.stdout), strict=True)) == TEXTS


def test_without_its_words_a_language_stops_the_start_by_name(copied, tmp_path):
    root = Path(shutil.copytree(copied, tmp_path / "copy"))
    missing = root / "newsletter/grounding/data/pl.toml"
    missing.unlink()
    looked = run(root, texts=())
    assert looked.returncode != 0
    assert f"{missing}: this file is missing." in looked.stderr


def test_a_key_that_is_missing_stops_the_start_by_name(copied, tmp_path):
    root = Path(shutil.copytree(copied, tmp_path / "copy"))
    language = root / "newsletter/languages/pl.toml"
    text = language.read_text(encoding="utf-8")
    language.write_text(text.replace("percent =", "per_cent ="), encoding="utf-8")
    assert f"{language}: per_cent: there is no such key." in run(root, texts=()).stderr
