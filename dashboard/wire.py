"""Tables as they go to the browser."""

from collections.abc import Mapping
from io import BytesIO

import polars as pl


def packed(rows: Mapping[str, pl.DataFrame]) -> dict[str, bytes]:
    """Each table as the Arrow stream that Streamlit would make of it: made once, it can be sent many times."""
    return {name: _stream(table) for name, table in rows.items()}


def _stream(table: pl.DataFrame) -> bytes:
    stream = BytesIO()
    # Browsers know no newer types of text.
    table.write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
    return stream.getvalue()
