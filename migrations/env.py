"""Alembic's entry: migrate on the connection that elicit hands over, inside its transaction."""

from alembic import context

from elicit.store.models import Moment
from elicit.store.service_models import Base


def without_our_types(kind, item, _):
    """What a migration says of a type of our own: a migration outlives the code, so it names none of it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=without_our_types,
    render_as_batch=True,  # SQLite alters most of a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
