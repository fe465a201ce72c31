"""The keys of the project: made, listed, ended.

One rule: a secret is shown once, to whoever made the key, and is kept nowhere.
"""

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.connection import client
from dashboard.look import escaped, moment
from elicit.schemas import SCOPES, Key

LIVES = {"30 days": 30, "90 days": 90, "a year": 365, "no end": None}
MEANING = {
    "read": "read: see results",
    "submit": "submit: hand in outputs, and nothing else",
    "evaluate": "evaluate: start, stop and schedule runs",
    "admin": "admin: all of these, keys and webhooks",
}


def show() -> None:
    """The keys, and forms to make and to end one."""
    keys = client().api_keys()
    st.dataframe(table_of(keys), hide_index=True, alt="The project's keys, without their secrets")
    left, right = st.columns(2, gap="large")
    with left:
        show_form()
    with right:
        show_ending([key for key in keys if key.revoked_at is None])


def table_of(keys: list[Key]) -> pd.DataFrame:
    """What the table shows of each key."""
    return pd.DataFrame(
        {
            "key": [key.name for key in keys],
            "state": [state_of(key, datetime.now(UTC)) for key in keys],
            "may": [", ".join(key.scopes) for key in keys],
            "last used": [moment(key.last_used_at) for key in keys],
            "made": [moment(key.created_at) for key in keys],
            "ends": [moment(key.expires_at) if key.expires_at else "never" for key in keys],
        }
    )


def state_of(key: Key, now: datetime) -> str:
    """Whether a key is good."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "good"


def show_form() -> None:
    """Ask for a key, make it, and show its secret this once."""
    with st.form("new key", clear_on_submit=True):
        st.markdown("**New key**")
        name = st.text_input("Name", max_chars=120, placeholder="what it is for")
        scopes = st.pills("May", SCOPES, selection_mode="multi", default=["read"], format_func=MEANING.__getitem__)
        life = st.selectbox("Ends after", list(LIVES), index=1)
        wanted = st.form_submit_button("Make key", type="primary")
    if wanted and not (name.strip() and scopes):
        st.warning("A key needs a name, and at least one thing that it may do.")
    elif wanted:
        days = LIVES[life]
        ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
        made = client().create_key(name, scopes, expires_at=ends)
        st.success(f"The key **{escaped(made.name)}** is made. Copy its secret now: it is not shown again.")
        st.code(made.secret, language=None)


def show_ending(keys: list[Key]) -> None:
    """Choose a key, and end it."""
    with st.form("revoke key"):
        st.markdown("**Revoke a key**")
        key = st.selectbox("Key", keys, format_func=lambda one: f"{one.name} · {moment(one.created_at)}")
        st.caption("Whoever uses it is refused from then on. This cannot be undone.")
        wanted = st.form_submit_button("Revoke", disabled=not keys)
    if wanted and key is not None:
        client().revoke_key(key)
        st.toast(f"{escaped(key.name)} is revoked.", icon=":material/check:")
        st.rerun()
