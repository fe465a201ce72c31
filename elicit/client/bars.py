"""Progress bars of a client: on a terminal, unless they are not wanted."""

from contextlib import AbstractContextManager, nullcontext

from elicit.services.progress import Progress, silent


def bars(wanted: bool) -> AbstractContextManager[Progress]:
    """Progress bars while the block runs; the library that draws them is imported when it is needed."""
    if not wanted:
        return nullcontext(silent)
    from elicit.terminal_progress import progress_bars

    return progress_bars()
