"""What Alembic runs: the steps that are due, on the connection that it was given and in its open transaction."""

from alembic import context
from sommelier.agent.memory.schema import REVISION

context.configure(connection=context.config.attributes["connection"], version_table=REVISION.name)
with context.begin_transaction():
    context.run_migrations()
