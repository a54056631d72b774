"""Which state of the migrations a database is in, and how it gets into that of a backup."""

from collections.abc import Iterable

from django.apps import apps
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from operations.backups.errors import RefusedError
from operations.backups.tables import Registry, Table, tables_of

Migrations = set[tuple[str, str]]


def applied(connection: BaseDatabaseWrapper) -> Migrations:
    """The migrations that the database has had, of those that this version knows."""
    loader = MigrationLoader(connection)
    return {key for key in loader.applied_migrations if key in loader.graph.nodes}


def known(connection: BaseDatabaseWrapper) -> Migrations:
    """All migrations of this version."""
    return set(MigrationLoader(connection).graph.nodes)


def as_json(migrations: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """By app, in order."""
    names: dict[str, list[str]] = {}
    for app, name in sorted(migrations):
        names.setdefault(app, []).append(name)
    return names


def from_json(names: dict[str, list[str]]) -> Migrations:
    """What :func:`as_json` made."""
    return {(app, name) for app, each in names.items() for name in each}


def check_known(connection: BaseDatabaseWrapper, wanted: Migrations) -> None:
    """Raise RefusedError if ``wanted`` has what this version does not know: it is of a later one."""
    if newer := wanted - known(connection):
        app, name = min(newer)
        raise RefusedError(
            f"The backup is of a newer version ({app} {name} is not known here): install that version first."
        )


def is_whole(connection: BaseDatabaseWrapper, wanted: Migrations) -> bool:
    """Whether a database can be in the state ``wanted``: no migration without those it needs, and some."""
    nodes = MigrationLoader(connection).graph.node_map
    needed = {parent.key for key in wanted for parent in nodes[key].parents}
    return bool(wanted) and needed <= wanted


def has_tables(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database has been migrated at all."""
    with connection.cursor() as cursor:
        return "django_migrations" in connection.introspection.table_names(cursor)


def registry_of(connection: BaseDatabaseWrapper, migrations: Migrations) -> Registry:
    """The models as they are after ``migrations``."""
    loader = MigrationLoader(connection)
    if migrations == set(loader.graph.nodes):
        return apps
    return loader.project_state(sorted(migrations)).apps


def bring_to(connection: BaseDatabaseWrapper, wanted: Migrations) -> None:
    """Make the tables those of ``wanted``; where that means going back, all are dropped first."""
    if applied(connection) == wanted:
        return
    if not applied(connection) <= wanted:
        drop_all(connection)
    executor = MigrationExecutor(connection)
    leaves = [
        node
        for node in sorted(wanted)
        if not any(child.key in wanted for child in executor.loader.graph.node_map[node].children)
    ]
    executor.migrate(leaves)


def bring_up_to_date(connection: BaseDatabaseWrapper) -> None:
    """As ``migrate`` does, with what follows from it: permissions, roles."""
    call_command("migrate", database=connection.alias, interactive=False, verbosity=0)


def drop_all(connection: BaseDatabaseWrapper) -> None:
    """Drop every table of ours, and the record of migrations."""
    ours = {table.name for table in tables_of(registry_of(connection, applied(connection)))}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        gone = sorted((ours | {"django_migrations"}) & there)
        names = [connection.ops.quote_name(name) for name in gone]
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TABLE {', '.join(names)} CASCADE")
            cursor.execute("DROP FUNCTION IF EXISTS newsletter_search_vector(text) CASCADE")
            return
        cursor.execute("PRAGMA foreign_keys=OFF")
        for name in [*names, *(['"newsletter_searchtokens"'] if "newsletter_searchtokens" in there else [])]:
            cursor.execute(f"DROP TABLE {name}")
        cursor.execute("PRAGMA foreign_keys=ON")


def counts(tables: Iterable[Table], connection: BaseDatabaseWrapper) -> int:
    """How many rows ``tables`` have, for a progress bar."""
    total = 0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table.name)}")
            total += int(cursor.fetchone()[0])
    return total
