"""Readers of the files people have.

One rule: what cannot be used is an error or a counted note; nothing is dropped silently.
"""

from elicit.io.columns import EvidenceKind
from elicit.io.reading import from_rows, read

__all__ = ["EvidenceKind", "from_rows", "read"]
