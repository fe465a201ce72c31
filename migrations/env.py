"""Alembic's entry: migrate on the connection that elicit hands over, inside its transaction."""

from alembic import context

from elicit.store.service_models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters most of a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
