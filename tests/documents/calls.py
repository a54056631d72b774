"""Whether a call that was not carried out would be right where it is meant: options, names, users, paths."""

import re
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from operations.backups.running import silence
from services.supervisor import procfile_commands
from tests.documents.elsewhere import TARGETS
from tests.documents.fences import ROOT
from tests.documents.machine import Call
from tests.image.dockerfile import read_compose, read_stages

_VARIABLES = {"SITE_URL": "https://digest.example.org", "POSTGRES_PASSWORD": "any"}
# What each verb of "docker compose" may be followed by, as Docker's reference has them.
_COMPOSE: Mapping[str, frozenset[str]] = {
    "up": frozenset({"--detach", "--build", "--wait", "--remove-orphans"}),
    "run": frozenset({"--rm", "-T"}),
    "exec": frozenset(),
    **dict.fromkeys(("stop", "restart", "build"), frozenset()),
}
_PACKAGES = {"python3-venv", "make", "git", "redis-server", "sudo", "nginx", "certbot"}  # of Debian 12
_UNITS = {file.name for file in (ROOT / "deploy/systemd").iterdir() if file.is_file()}
_COMMON = next((ROOT / "deploy/systemd/paperpost-.service.d").iterdir()).read_text(encoding="utf-8")


def of_units(name: str) -> str:
    """What all units have as ``name``."""
    (value,) = re.findall(rf"^{name}=(.+)$", _COMMON, re.MULTILINE)
    return str(value)


def environment_of_units() -> dict[str, str]:
    """Where units find settings and data."""
    lines = re.findall(r"^Environment=(ENV_FILE|VAR_DIR)=(.+)$", _COMMON, re.MULTILINE)
    return dict(lines)


def _without_options(words: Sequence[str], known: frozenset[str]) -> list[str]:
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), len(words))
    assert set(words[:at]) <= known, words
    return list(words[at:])


def _compose(words: list[str]) -> None:
    file, profiles = "", []
    while words[0].startswith("--"):
        option, value, *words = words
        assert option in ("--file", "--profile"), option
        if option == "--file":
            file = value
        else:
            profiles.append(value)
    services: Mapping[str, Any] = read_compose(file, _VARIABLES)["services"]
    assert set(profiles) <= {name for each in services.values() for name in each.get("profiles", ())}
    verb, *rest = words
    rest = _without_options(rest, _COMPOSE[verb])
    if verb in ("run", "exec"):
        assert rest[0] in services, rest
        if rest[1] == "psql":
            assert rest[rest.index("--username") + 1] == services["postgres"]["environment"]["POSTGRES_USER"]
    else:
        assert set(rest) <= set(services), rest


def _docker(words: list[str]) -> None:
    if words[0] == "compose":
        return _compose(words[1:])
    if words[0] == "buildx":
        return None  # deploy/digests.sh, whose answer was used
    file = read_compose("docker-compose.production.yml", _VARIABLES)
    web = file["services"]["web"]
    assert words[0] == "run"
    at = words.index(web["image"])
    options, command = [word for word in words[1:at] if word != "--rm"], words[at + 1 :]
    given = list(zip(options[::2], options[1::2], strict=True))
    assert {option for option, _ in given} <= {"--user", "--volume"}, options
    volumes = [value.rsplit(":", 1) for option, value in given if option == "--volume"]
    known = dict(reversed(volume.split(":")[:2]) for volume in web["volumes"])
    clone = of_units("WorkingDirectory")
    for outside, inside in volumes:
        assert outside in (f"{clone}/backups", f"{file['name']}_{known[inside]}"), outside
    assert {path for path in command if path.startswith("/")} <= {inside for _, inside in volumes}
    assert command[0] == "chown"
    assert read_stages()[-1].last("USER").text in command
    return None


def _systemctl(words: list[str]) -> None:
    verb, *names = words
    assert verb in ("daemon-reload", "enable", "reload", "start", "stop", "restart"), verb
    names = [name for name in names if name != "--now" or verb != "enable"]
    if names == ["nginx"]:  # whose site deploy/ has
        assert verb == "reload"
        return
    assert {name if "." in name else f"{name}.service" for name in names} <= _UNITS, names


def _git(words: list[str]) -> None:
    if words[:2] == ["diff", "--stat"]:
        assert all((ROOT / name).exists() for name in words[2:]), words
    elif words[0] == "clone":
        assert words[2:] in ([], [of_units("WorkingDirectory")]), words
    else:
        assert words == ["pull"], words


def _make(words: list[str]) -> None:
    if words[0] == "-C":
        assert words[1] == of_units("WorkingDirectory")
        words = words[2:]
    assert set(words) <= set(TARGETS), words
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE) for name in words), words


def _python(words: list[str]) -> None:
    if words[0] == "manage.py":
        return  # it was run
    assert words[0] == "-m", words
    assert find_spec(words[1]), words
    assert words[1:] == ["services.installation", "requirements.lock"], words


def _sudo(words: list[str]) -> None:
    if words[0] == "-u":
        assert words[1] == of_units("User"), words
        words = words[2:]
    given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    assert given == environment_of_units(), words


def _adduser(words: list[str]) -> None:
    home = environment_of_units()["VAR_DIR"]
    assert words == ["--system", "--group", "--home", home, of_units("User")], words


def _install(words: list[str]) -> None:
    for option, name in (("-o", "User"), ("-g", "Group")):
        assert option not in words or words[words.index(option) + 1] == of_units(name), words


def _chown(words: list[str]) -> None:
    assert words[0] in ("-R", read_stages()[-1].last("USER").text), words
    if words[0] == "-R":
        assert words[1:] == [f"{of_units('User')}:", environment_of_units()["VAR_DIR"]], words


def _apt(words: list[str]) -> None:
    assert words[:2] == ["install", "--yes"], words
    assert set(words[2:]) <= _PACKAGES, words


def _sleep(words: list[str]) -> None:
    (seconds,) = words
    assert float(seconds) > silence().total_seconds()


def _certbot(words: list[str]) -> None:
    verb, *options = words
    assert (verb, options[0]) == ("certonly", "--webroot"), words
    given = dict(zip(options[1::2], options[2::2], strict=True))
    site = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    assert f"root {given.pop('--webroot-path')};" in site
    assert f"/etc/letsencrypt/live/{given.pop('--domain')}/fullchain.pem" in site
    assert given == {"--deploy-hook": "systemctl reload nginx"}


def _nginx(words: list[str]) -> None:
    assert words == ["-t"], words


def _traces(words: list[str]) -> None:
    option, name, *command = words
    assert option == "--service_name", words
    assert command == procfile_commands()[name.removeprefix("paperpost-")], words


JUDGES: Mapping[str, Callable[[list[str]], None]] = {
    "adduser": _adduser,
    "apt-get": _apt,
    "certbot": _certbot,
    "chown": _chown,
    "docker": _docker,
    "git": _git,
    "install": _install,
    "make": _make,
    "nginx": _nginx,
    "opentelemetry-instrument": _traces,
    "python": _python,
    "sleep": _sleep,
    "sudo": _sudo,
    "systemctl": _systemctl,
}


def judge(call: Call) -> None:
    """Raises AssertionError for a call that names what is not there, or what its program does not know."""
    try:
        JUDGES[call.program](list(call.words))
    except (IndexError, KeyError, ValueError) as error:
        raise AssertionError(f"{call}: {error!r}") from error
    except AssertionError as error:
        raise AssertionError(f"{call}: {error}") from error
