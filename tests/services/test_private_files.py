"""What lies in ``var/`` is for its owner alone: what services make, and what an earlier version has left."""

import stat
from contextlib import ExitStack

from lib.private_files import GROUP_AND_OTHERS, make_private
from services.broker import EmbeddedBroker
from services.demo import demo_environment
from services.mailcatcher import catcher_command
from services.supervisor import Supervisor, free_port, procfile_commands


def open_to_others(folder):
    """Files and folders in ``folder``, itself included, that somebody else may read, write or enter."""
    found = []
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:  # a lock, or SQLite's log, which came and went
            continue
        if mode & GROUP_AND_OTHERS and not stat.S_ISSOCK(mode):
            found.append(f"{stat.filemode(mode)} {path.relative_to(folder)}")
    return found


def test_services_keep_to_themselves_what_they_write(tmp_path):
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(folder))
        web, smtp = free_port(), free_port()
        environment = demo_environment(
            folder, web=web, smtp=smtp, sources="http://127.0.0.1:9", broker=broker.url
        )
        supervisor = stack.enter_context(Supervisor(logs=folder / "logs", environment=environment))
        supervisor.start("catcher", catcher_command(smtp, folder / "outbox"))
        supervisor.manage("migrate", "--no-input")
        for name, command in procfile_commands().items():
            supervisor.start(name, command)
        supervisor.await_port(web, what="the site answers")
        supervisor.await_port(smtp, what="the mail catcher listens")
        kept = ("broker-url", "beat-schedule*", "paperpost.sqlite3", "outbox", "logs/worker.log")
        supervisor.await_that(
            lambda: all(any(folder.glob(name)) for name in kept),
            what="everything is there that services keep",
        )
        supervisor.manage("shell", "-c", MAIL)
        supervisor.await_that(lambda: any((folder / "outbox").glob("*.eml")), what="a mail was caught")
        assert open_to_others(folder) == []


MAIL = "from django.core.mail import send_mail; send_mail('s', 'b', None, ['reader@example.org'])"


def test_what_an_earlier_version_left_open_is_closed_once(tmp_path):
    folder = tmp_path / "var"
    (folder / "media" / "pictures").mkdir(parents=True)
    for name in ("paperpost.sqlite3", "secret-key", "media/pictures/a.png", "outbox.eml"):
        (folder / name).touch(mode=0o644)
        (folder / name).chmod(0o644)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (folder / "link").symlink_to(elsewhere)
    for path in (folder / "media" / "pictures", folder / "media", folder):
        path.chmod(0o755)

    assert make_private(folder) == 7
    assert open_to_others(folder) == [f"{stat.filemode(0o120777)} link"]
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
    assert make_private(folder) == 0


def test_a_folder_that_is_everybodys_is_left_alone(tmp_path):
    tmp_path.chmod(0o1777)
    assert make_private(tmp_path) == 0
