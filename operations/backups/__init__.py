"""One archive of database, pictures and settings; its restoring; the way from SQLite to PostgreSQL."""
