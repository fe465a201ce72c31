"""What people read when something is not as it should be: each state in words, with a way on.

One rule: nobody ever sees a traceback; what is a mistake of ours goes to the log and is called so.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import streamlit as st

from dashboard.look import escaped
from elicit.errors import ApiError, ElicitError, Unreachable

log = logging.getLogger(__name__)

SIGNED_OUT, FORBIDDEN, UNKNOWN = 401, 403, 404
WAYS_ON = {
    SIGNED_OUT: "The key is unknown, revoked or has expired. Sign in again with one that is good.",
    FORBIDDEN: "Your key may not do this. Ask whoever runs the server for one with the scope that is named above.",
    UNKNOWN: "It may have been in another project, or the link is old. Choose from what is there.",
}


@contextmanager
def told() -> Iterator[None]:
    """Whatever goes wrong in the block is said in words, with a way on."""
    try:
        yield
    except Unreachable:
        gone()
    except ApiError as error:
        refused(error)
    except ElicitError as error:
        st.error(escaped(str(error)), icon=":material/error:")
    except Exception:
        log.exception("a page met a mistake of its own")
        st.error("This page met a mistake of its own. The server's log has it; the other pages still work.")


def gone() -> None:
    """The server does not answer."""
    st.error(
        "**The server does not answer.** Runs go on while it is away, and nothing is lost. "
        "See that it is started, then try again.",
        icon=":material/cloud_off:",
    )
    st.button("Try again", icon=":material/refresh:", key="try_again")


def refused(error: ApiError) -> None:
    """The server answered, but not with what was asked for."""
    st.error(escaped(f"{error.title}: {error.detail}"), icon=":material/block:")
    for place in error.places:
        st.markdown(f"- {escaped(str(place.get('loc', '')))} {escaped(str(place.get('msg', '')))}")
    if error.status in WAYS_ON:
        st.caption(WAYS_ON[error.status])


def polled(every_s: float | None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A part of a page that draws itself anew while the rest stands still: every so many seconds, or when used."""

    def made(part: Callable[..., None]) -> Callable[..., None]:
        @wraps(part)
        def safe(*args: Any, **kwargs: Any) -> None:
            with told():
                part(*args, **kwargs)

        return st.fragment(safe, run_every=every_s)

    return made


def empty(words: str, icon: str = ":material/inbox:") -> None:
    """There is nothing to show yet, and this is how to get something."""
    st.info(words, icon=icon)
