"""Real files in a temporary folder, in every format elicit reads."""

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Rows = list[dict[str, Any]]
SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def write_csv(path: Path, rows: Rows, delimiter: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def write_rows(path: Path, rows: Rows) -> None:
    """The rows in the format that the name asks for."""
    plain = path.with_name(path.name.removesuffix(".gz"))
    match plain.suffix:
        case ".jsonl" | ".ndjson":
            plain.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        case ".json":
            plain.write_text(json.dumps(rows), encoding="utf-8")
        case ".csv" | ".tsv":
            write_csv(plain, rows, "," if plain.suffix == ".csv" else "\t")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), plain)
    if path != plain:
        path.write_bytes(gzip.compress(plain.read_bytes()))
        plain.unlink()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Rows | str | bytes], Path]:
    """Write rows, text or bytes to a file below a temporary folder; returns its path."""

    def write_file(name: str, content: Rows | str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_rows(path, content)
        return path

    return write_file


@pytest.fixture
def shared() -> Path:
    """The folder of real data sets beside a checkout."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the data sets in {SHARED}")
    return SHARED
