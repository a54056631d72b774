"""Logs of services that hold them open do not grow for ever."""

from services.logs import rotate


def test_a_log_that_is_large_enough_is_copied_and_emptied_and_goes_on_in_place(tmp_path):
    log = tmp_path / "web.log"
    with log.open("ab") as service:  # as the supervisor opens it
        for number in range(4):
            assert not rotate(log, largest=10, kept=2)
            service.write(f"line number {number}\n".encode())
            service.flush()
            assert rotate(log, largest=10, kept=2)
            assert log.read_bytes() == b""
    assert (tmp_path / "web.log.1").read_text() == "line number 3\n"
    assert (tmp_path / "web.log.2").read_text() == "line number 2\n"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2"]


def test_a_log_that_is_not_there_is_left_alone(tmp_path):
    assert not rotate(tmp_path / "web.log")
