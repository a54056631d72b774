"""Two schemas of one PostgreSQL: the one that migrations made, and the one that today's models ask for."""

from django.apps import apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Parts = set[tuple[str, ...]]
FROM_MODELS = "from_models"
OURS = ("newsletter_", "subscriptions_", "operations_")
# Foreign keys are left out: their names are made of digests, and they are the models' own.
_PARTS = (
    """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = %s""",
    """SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid), convalidated
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE connamespace = to_regnamespace(%s) AND contype <> 'f'""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s",
    """SELECT relname, indexrelid::regclass::text, indisvalid
        FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
        WHERE relnamespace = to_regnamespace(%s)""",
    """SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = to_regnamespace(%s) AND NOT tgisinternal""",
)


def read_migrated(database: BaseDatabaseWrapper) -> Parts:
    """Columns, constraints, indexes and triggers of our tables."""
    return _read(database, "public")


def read_made_from_models(database: BaseDatabaseWrapper) -> Parts:
    """The same of tables that are made for it, without any migration, and not kept."""
    with transaction.atomic(using=database.alias), database.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {FROM_MODELS}")
        cursor.execute(f"SET LOCAL search_path TO {FROM_MODELS}")
        editor = database.SchemaEditorClass(database)
        editor.deferred_sql = []
        for model in apps.get_models():
            editor.create_model(model)
        for statement in editor.deferred_sql:
            if "FOREIGN KEY" not in str(statement):
                editor.execute(statement, params=None)
        parts = _read(database, FROM_MODELS)
        transaction.set_rollback(True, using=database.alias)
    return parts


def _read(database: BaseDatabaseWrapper, schema: str) -> Parts:
    parts: Parts = set()
    with database.cursor() as cursor:
        for statement in _PARTS:
            cursor.execute(statement, [schema])
            for table, *values in cursor.fetchall():
                if table.startswith(OURS):
                    parts.add((table, *(str(value).replace(f"{schema}.", "") for value in values)))
    return parts
