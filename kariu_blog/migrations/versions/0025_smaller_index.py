"""On PostgreSQL the search index without a second copy of the words: it is made of those in the table"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = (
    "ALTER TABLE search_text DROP COLUMN search_index",
    "CLUSTER search_text USING pk_search_text",  # frees the column's space at once
    # The cost keeps PostgreSQL from unpacking texts that the index finds; SQL alone would be inlined, and lose it.
    "CREATE OR REPLACE FUNCTION search_words(text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000"
    " AS $$ BEGIN RETURN string_to_array($1, ' '); END $$",
    # Without a list of pending entries, which each search would read from end to end.
    "CREATE INDEX search_index ON search_text USING gin (search_words(title || ' ' || body)) WITH (fastupdate = off)",
    "CREATE INDEX search_index_title ON search_text USING gin (search_words(title)) WITH (fastupdate = off)",
    "ANALYZE search_text",
)
DOWN = (
    "DROP INDEX search_index_title",
    "DROP INDEX search_index",
    "DROP FUNCTION search_words",
    "ALTER TABLE search_text ADD COLUMN search_index tsvector GENERATED ALWAYS AS"
    " (setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', body)) STORED",
    "CREATE INDEX search_index ON search_text USING gin (search_index)",
)


def upgrade() -> None:
    _execute(UP)


def downgrade() -> None:
    _execute(DOWN)


def _execute(statements: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
