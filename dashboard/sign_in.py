"""Who is signed in: by an API key, or through the organisation's own sign-in (OpenID Connect) where that is configured.

One rule: a key lives in the session of whoever gave it, and nowhere else: in no address, cookie, cache or file.
"""

from collections.abc import Mapping

import streamlit as st

from dashboard.connection import CLIENT, ME, client, configured, me, opened, secrets
from dashboard.look import escaped
from dashboard.states import SIGNED_OUT
from elicit.errors import ApiError, InvalidInput
from elicit.schemas import Me

PERSON = "person"  # whose key the session's client has, where people sign in with their organisation
NO_KEY = "This is no API key. A key begins with el_, and was shown once when it was made."
BAD_KEY = "This key is not good: it is unknown, was revoked, or has expired. Ask whoever runs the server for a new one."


def signed_in() -> bool:
    """Whether the pages may be shown; where not, what there is to do is shown instead."""
    if "auth" in secrets():
        return known_person() and project_chosen()
    if not configured().key and CLIENT not in st.session_state:
        form()
        return False
    return project_chosen()


def form() -> None:
    """Ask for a key, and open the session with it if the server knows it."""
    st.title("Sign in")
    with st.form("sign_in", width=420):
        key = st.text_input("API key", type="password", autocomplete="off", placeholder="el_...")
        given = st.form_submit_button("Sign in", type="primary")
    st.caption("The key is kept in this browser tab only: a tab that is loaded anew asks again.")
    if given and open_session(key):
        st.rerun()


def open_session(key: str) -> bool:
    """Whether the server knows the key; the session has a client of its own then."""
    try:
        found = opened(configured().url, key)
        st.session_state[ME] = found.me()
    except InvalidInput:
        st.error(NO_KEY)
        return False
    except ApiError as error:
        if error.status != SIGNED_OUT:
            raise
        st.error(BAD_KEY)
        return False
    st.session_state[CLIENT] = found
    return True


def sign_out() -> None:
    """Forget the key and whatever the pages kept for its owner."""
    if CLIENT in st.session_state:
        st.session_state[CLIENT].close()
    st.session_state.clear()
    st.query_params.clear()


def known_person() -> bool:
    """Whether somebody is signed in with the organisation whom the dashboard's secrets give a key."""
    if not st.user.is_logged_in:
        invitation()
        return False
    key = key_of(st.user.to_dict(), secrets().get("elicit", {}).get("people", {}))
    if not key:
        stranger()
        return False
    if st.session_state.get(PERSON) == key:
        return True
    st.session_state[PERSON] = key
    return open_session(key)


def key_of(person: Mapping[str, object], people: Mapping[str, str]) -> str:
    """The key of a person whose address the organisation has verified; "" for anybody else.

    >>> people = {"Ada@example.org": "el_ada"}
    >>> key_of({"email": "ada@example.org", "email_verified": True}, people)
    'el_ada'
    >>> key_of({"email": "ada@example.org", "email_verified": False}, people)
    ''
    """
    if person.get("email_verified") is not True:
        return ""
    address = str(person.get("email", "")).casefold()
    return next((key for listed, key in people.items() if listed.casefold() == address), "")
