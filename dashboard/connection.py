"""The way to the server: the client of this session, and what its key may do.

One rule: what people see of an error is what the server said, never an address or a key. A key that somebody signed in
with lives in the session and nowhere else.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from elicit.client import Client
from elicit.schemas import Me, Scope

PATIENCE_S = 3  # while the server does not answer, before the page says so
CLIENT, ME = "client", "me"  # where the session keeps them


@dataclass(frozen=True)
class Configured:
    """The server, and the dashboard's own key where it was given one; without one, people sign in with theirs."""

    url: str
    key: str = field(repr=False)


def configured() -> Configured:
    """From ELICIT_URL and ELICIT_API_KEY, else from the secrets that `elicit up` hands over."""
    if os.environ.get("ELICIT_URL"):
        return Configured(os.environ["ELICIT_URL"], os.environ.get("ELICIT_API_KEY", ""))
    given = secrets().get("elicit", {})
    return Configured(given.get("url", ""), given.get("key", ""))


def secrets() -> Mapping[str, Any]:
    """What Streamlit's secrets hold; nothing where there are none."""
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        return {}


@st.cache_resource
def shared_client(own: Configured) -> Client:
    """The client of all sessions of a dashboard that has a key."""
    return opened(own.url, own.key)


def opened(url: str, key: str, project: str | None = None) -> Client:
    """A client for the pages."""
    return Client(url, key, project, progress=False, patience_s=PATIENCE_S)


def client() -> Client:
    """This session's client."""
    return st.session_state[CLIENT] if CLIENT in st.session_state else shared_client(configured())


def me() -> Me:
    """The key in use, asked for once a session."""
    if ME not in st.session_state:
        st.session_state[ME] = client().me()
    return st.session_state[ME]


def may(scope: Scope) -> bool:
    """Whether the key in use has this scope, or all of them."""
    return scope in me().key.scopes or "admin" in me().key.scopes
