"""A Dockerfile as instructions, the files of a build context, and the values of a Compose file."""

import fnmatch
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Instruction:
    """``words``: of the JSON form, or of the line. ``flags``: what stands before them with two dashes."""

    name: str
    text: str
    flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass
class Stage:
    base: str
    name: str
    steps: list[Instruction] = field(default_factory=list)

    def last(self, name: str) -> Instruction:
        return [step for step in self.steps if step.name == name][-1]


def read_stages(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    text = re.sub(r"(?m)^#.*\n", "", path.read_text(encoding="utf-8")).replace("\\\n", " ")
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition(" ")
        flags = {}
        while match := re.match(r"\s*--([a-z-]+)=(\S+)\s+", rest):
            flags[match[1]], rest = match[2], rest[match.end() :]
        step = Instruction(name, " ".join(rest.split()), flags)
        if name == "FROM":
            stages.append(Stage(step.words[0], step.words[2] if len(step.words) > 2 else ""))
        else:
            stages[-1].steps.append(step)
    return stages


def context_files(patterns: str) -> list[Path]:
    """The files of this checkout that a ``.dockerignore`` with ``patterns`` lets through."""
    rules = [line for line in patterns.splitlines() if line and not line.startswith("#")]
    top = {rule[1:] for rule in rules if rule.startswith("!")}
    assert rules[0] == "*", "the list begins with: nothing at all"
    never = [rule.removeprefix("**/") for rule in rules[1:] if rule.startswith("**/")]
    files = [file for name in top for file in (ROOT / name, *(ROOT / name).rglob("*"))]
    return sorted(
        path
        for path in (file.relative_to(ROOT) for file in files if file.is_file())
        if not any(fnmatch.fnmatch(part, rule) for part in path.parts for rule in never)
    )


def read_compose(name: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The Compose file ``name`` with ``variables`` put in. Raises KeyError with the file's own sentence."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        given = variables.get(match["name"], "")
        if match["sign"] == ":?" and not given:
            raise KeyError(match["text"])
        return given or (match["text"] if match["sign"] == ":-" else "")

    pattern = re.compile(r"\$\$|\$\{(?P<name>\w+)(?:(?P<sign>:[-?])(?P<text>[^}]*))?\}")

    def put_in(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: put_in(each) for key, each in node.items()}
        if isinstance(node, list):
            return [put_in(each) for each in node]
        return pattern.sub(value, node) if isinstance(node, str) else node

    return put_in(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def command_of(service: Mapping[str, Any]) -> list[str]:
    command = service["command"]
    return shlex.split(command) if isinstance(command, str) else command
