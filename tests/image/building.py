"""Builds the image's files from the Dockerfile's own instructions, in sandboxes.

Only what needs the network is done otherwise: the packages of requirements.lock are those of the environment
that runs the tests, without the ones that are for development alone.
"""

import fnmatch
import importlib.metadata
import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.image import sandbox
from tests.image.dockerfile import ROOT, Instruction, Stage, context_files, read_stages

NEEDS_NETWORK = re.compile(r"^apt-get |\bpip\b.* install ")


@dataclass
class Image:
    """What a container of the image starts from. ``app``: the folder that is /app in it."""

    app: Path
    environment: dict[str, str]
    stage: Stage
    replaced: list[str] = field(default_factory=list)  # lines that need the network


def build(folder: Path) -> Image:
    """Build both stages below ``folder``."""
    folders: dict[str, Path] = {}
    replaced: list[str] = []
    for stage in read_stages():
        app = folder / (stage.name or "image")
        app.mkdir()
        folders[stage.name] = app
        environment = {"PATH": f"/app/.venv/bin:{sandbox.PYTHON}/bin:/usr/bin:/bin"}
        for step in stage.steps:
            if step.name == "ENV":
                environment |= dict(word.split("=", 1) for word in step.words)
                environment["PATH"] = environment["PATH"].replace("$PATH", "/usr/bin:/bin")
            elif step.name == "COPY":
                _copy(step, app, folders)
            elif step.name == "RUN":
                _run(step, app, environment, replaced)
    return Image(app, environment, stage, replaced)


def _copy(step: Instruction, app: Path, folders: dict[str, Path]) -> None:
    *sources, target = step.words
    if "from" in step.flags:
        assert (sources, target) == (["/app"], "./")
        shutil.copytree(
            folders[step.flags["from"]], app, symlinks=True, dirs_exist_ok=True, copy_function=_link
        )
        return
    assert target == "." or target == "./"
    allowed = context_files((ROOT / ".dockerignore").read_text(encoding="utf-8"))
    for path in allowed:
        if any(source == "." or fnmatch.fnmatch(str(path), source) for source in sources):
            (app / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, app / path)


def _run(step: Instruction, app: Path, environment: dict[str, str], replaced: list[str]) -> None:
    if NEEDS_NETWORK.search(step.text):
        replaced.append(step.text)
        if "pip" in step.text:
            _install_packages(app / ".venv")
        return
    sandbox.run(step.text, environment=environment, binds=[("--bind", app, "/app")], folder="/app")


def _link(source: str, target: str) -> str:
    """A second name for the file where that is possible: nothing is changed in place."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def locked_packages() -> Iterator[importlib.metadata.Distribution]:
    """The packages of requirements.lock that this platform needs."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==", text, re.MULTILINE))):
        try:
            yield importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform


def _install_packages(environment: Path) -> None:
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    home = Path(sys.executable).resolve().parent
    (environment / "pyvenv.cfg").write_text(f"home = {home}\n", encoding="utf-8")
    here = Path(sysconfig.get_path("purelib"))
    there = environment / here.relative_to(sys.prefix)
    for package in locked_packages():
        for file in package.files or ():
            source = here / file
            if ".." in file.parts or file.suffix == ".pyc" or not source.is_file():
                continue
            (there / file).parent.mkdir(parents=True, exist_ok=True)
            if not (there / file).exists():
                _link(str(source), str(there / file))
        for entry in package.entry_points.select(group="console_scripts"):
            script = environment / "bin" / entry.name
            script.write_text(
                f"#!/app/.venv/bin/python\nimport sys\nfrom {entry.module} import {entry.attr}\n"
                f"sys.exit({entry.attr}())\n",
                encoding="utf-8",
            )
            script.chmod(0o755)
