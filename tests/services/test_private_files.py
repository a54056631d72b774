"""What lies in ``var/`` is for its owner alone, also what an earlier version has left.

What services make is looked at where all of them run: tests/end_to_end/test_demo.py.
"""

import stat

from lib.private_files import make_private
from tests.private import open_to_others


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
