"""The steps from an empty or older database to today's tables, run by Alembic."""
