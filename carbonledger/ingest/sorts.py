"""Columns whose texts are few, as those of units and of flags are."""

import pyarrow as pa

from carbonledger.errors import ImportRefused
from carbonledger.ingest.layout import Layout
from carbonledger.ingest.table import Table

MOST_SORTS = 1000


def sorts(layout: Layout, table: Table, role: str) -> pa.DictionaryArray:
    """Return a column whose texts are few, as units and flags are.

    Raises:
        ImportRefused: it holds many; so it is another column than it was taken for.
    """
    encoded = table.columns[role].dictionary_encode()
    if len(encoded.dictionary) > MOST_SORTS:
        raise ImportRefused(
            f"{layout.path}:{int(table.lines[0])}: the column {layout.column(role)} "
            f"holds {len(encoded.dictionary):,} different texts; so it is no {role}",
            code="columns",
            hint=f"name the right column in a profile: [columns] {role} = …",
        )
    return encoded
