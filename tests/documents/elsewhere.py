"""The commands of the documents that need more than an installation, and the tests that run them.

By the name of a command of ``manage.py``, or of a target of ``make``. Here they only read their arguments.
"""

COMMANDS = {
    "collectstatic": "tests/newsletter/web/test_icons.py"
    "::test_static_files_have_names_of_their_contents_are_compressed_and_kept_for_ever",
    "dns_records": "tests/operations/doctor/test_dns_records.py"
    "::test_what_is_printed_makes_the_doctor_content_once_it_is_published",
    # Also of "migrate" with another DATABASE_URL, which stands before it.
    "move_database": "tests/operations/backups/test_moving.py"
    "::test_every_row_of_every_table_is_the_same_there",
}
TARGETS = {
    "demo": "tests/end_to_end/test_demo.py::test_every_demo_reader_has_one_digest_with_both_parts",
    "run": "tests/services/test_run.py::test_make_run_starts_everything_and_stops_it",
    ".venv/.runtime": "tests/services/test_progress.py"
    "::test_what_speaks_during_the_installation_needs_nothing_but_python",
}
