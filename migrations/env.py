"""Alembic's entry: run the revisions on the connection that the program hands over."""

from alembic import context
from sqlalchemy import create_engine

from carbonledger.ledger.schema import metadata


def run() -> None:
    """Run with the program's connection, or with `-x db=URL` from Alembic's own command."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _upgrade(connection)
        return
    url = context.get_x_argument(as_dictionary=True).get("db", "sqlite:///carbonledger.db")
    with create_engine(url).begin() as connection:
        _upgrade(connection)


def _upgrade(connection: object) -> None:
    context.configure(connection=connection, target_metadata=metadata)  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


run()
