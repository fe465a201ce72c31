"""What a page looks at: chosen in a widget, and part of the address, so that a copied one opens the same view.

One rule: the address wins where it has changed, by a link or by going back; what it names that is not there is said.
"""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.look import escaped


def chosen(
    label: str,
    options: Sequence[str],
    parameter: str,
    *,
    default: int = 0,
    shown_as: Callable[[str], str] = str,
    where: str = "in this run",
) -> str:
    """The one of the options that is chosen, of which there must be some."""
    key, named = key_of(parameter), st.query_params.get(parameter)
    if named not in (None, last(parameter)):
        st.session_state[key] = named
    if st.session_state.get(key) not in options:
        say_missing(label, named, options, where)
        kept = last(parameter)
        st.session_state[key] = kept if kept in options else options[default]
    value = st.selectbox(label, options, key=key, format_func=shown_as)
    tell(parameter, value)
    return value


def chosen_many(label: str, options: Sequence[str], parameter: str, *, default: Sequence[str]) -> list[str]:
    """Those of the options that are chosen, in the order of the options."""
    key, named = key_of(parameter), st.query_params.get_all(parameter)
    if key not in st.session_state or (named and named != last(parameter)):
        st.session_state[key] = [name for name in named if name in options]
    kept = [name for name in st.session_state[key] if name in options]
    st.session_state[key] = kept or list(default)
    values = st.multiselect(label, options, key=key)
    tell(parameter, values)
    return [name for name in options if name in values]


def say_missing(label: str, named: str | None, options: Sequence[str], where: str) -> None:
    """Say that the address names what is not there."""
    if named is not None and named not in options:
        st.warning(f"{label} **{escaped(named)}** is not {where}.")


def choose(parameter: str, value: str) -> None:
    """Make this the chosen one when the page is drawn next; for callbacks."""
    st.session_state[key_of(parameter)] = value


def key_of(parameter: str) -> str:
    """Where the session keeps what the widget shows, for as long as the page is open."""
    return f"chosen_{parameter}"


def last(parameter: str) -> object:
    """What was last written to the address."""
    return st.session_state.get(f"told_{parameter}")


def tell(parameter: str, value: str | list[str]) -> None:
    """Write what is looked at to the address."""
    st.query_params[parameter] = value
    st.session_state[f"told_{parameter}"] = value
