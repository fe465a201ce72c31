"""The way to the server: one client for all sessions, with the key that the dashboard was given.

One rule: what people see of an error is what the server said, never an address or a key.
"""

import os

import streamlit as st

from elicit.client import Client


@st.cache_resource
def client() -> Client:
    """The client, from the secrets that `elicit up` hands over, else from ELICIT_URL and ELICIT_API_KEY."""
    given = dict(st.secrets.get("elicit", {})) if not os.environ.get("ELICIT_API_KEY") else {}
    return Client(given.get("url"), given.get("key"), progress=False, patience_s=5)
