"""The mechanisms: evidence in, a matrix of what each agent earns from each peer out.

`MECHANISMS` is the whole list. To add one, write its two functions in a file of its own and enter it in the table of
its kind of evidence; the laws in `tests/mechanisms/test_laws.py` then test it.
"""

from elicit.mechanisms import on_embeddings, on_forecasts, on_labels, on_text
from elicit.mechanisms.registry import LAWS, Mechanism, no_contrast

__all__ = ["LAWS", "MECHANISMS", "Mechanism", "no_contrast"]

MECHANISMS: dict[str, Mechanism] = {
    mechanism.name: mechanism
    for mechanism in (*on_text.TABLE, *on_labels.TABLE, *on_forecasts.TABLE, *on_embeddings.TABLE)
}
