"""Who is signed in: by an API key, or through the organisation's own sign-in (OpenID Connect) where that is configured.

One rule: a key that people sign in with lives in their session and nowhere else: in no address, cookie, cache or file.
"""

from collections.abc import Mapping

import streamlit as st

from dashboard.connection import CLIENT, ME, client, configured, me, opened, secrets
from dashboard.look import escaped
from dashboard.states import SIGNED_OUT
from elicit.client import Client
from elicit.errors import ApiError, InvalidInput

KEY, PROJECT = "api_key", "project"  # where the session keeps the key, and the project that an operator chose
FORM_PX = 420
NO_SERVER = "The dashboard was not told where its server is: set ELICIT_URL, and start it again."
NO_KEY = "This is no API key. A key begins with el_, and was shown once, when it was made."
BAD_KEY = "This key is not good: it is unknown, was revoked, or has expired. Ask whoever runs the server for a new one."
NO_PROJECT = "There is no project yet. Make one, then load this page again: `elicit project new NAME`"


def signed_in() -> bool:
    """Whether the pages may be shown; where not, what there is to do is shown instead."""
    if not configured().url:
        st.error(NO_SERVER)
        return False
    if with_organisation():
        return known_person() and project_chosen()
    return (configured().key != "" or KEY in st.session_state or key_given()) and project_chosen()


def with_organisation() -> bool:
    """Whether people sign in with their organisation."""
    return "auth" in secrets()


def key_given() -> bool:
    """Ask for a key, and open the session with it if the server knows it."""
    st.title("Sign in")
    with st.form("sign_in", width=FORM_PX):
        key = st.text_input("API key", type="password", autocomplete="off", placeholder="el_...")
        given = st.form_submit_button("Sign in", type="primary")
    st.caption("The key is kept for this visit only: a page that is loaded anew asks for it again.")
    if given and open_session(key):
        st.rerun()
    return False


def open_session(key: str) -> bool:
    """Whether the server knows the key; the session has a client of its own then."""
    try:
        found = opened(configured().url, key)
    except InvalidInput:
        st.error(NO_KEY)
        return False
    if not known(found):
        found.close()
        st.error(BAD_KEY)
        return False
    st.session_state[KEY], st.session_state[CLIENT] = key, found
    return True


def known(found: Client) -> bool:
    """Whether the server takes the client's key; the session remembers whose it is then."""
    try:
        st.session_state[ME] = found.me()
    except ApiError as error:
        if error.status != SIGNED_OUT:
            raise
        return False
    return True


def known_person() -> bool:
    """Whether the person who is signed in with the organisation has a key in the dashboard's secrets."""
    if not st.user.is_logged_in:
        st.title("Sign in")
        st.button("Sign in with your organisation", type="primary", on_click=st.login)
        return False
    person = st.user.to_dict()
    key = key_of(person, secrets().get("elicit", {}).get("people", {}))
    if not key:
        turned_away(person)
        return False
    if st.session_state.get(KEY) == key or open_session(key):
        return True
    st.button("Sign out", on_click=sign_out)
    return False


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


def turned_away(person: Mapping[str, object]) -> None:
    """Say why somebody whom the organisation knows is not let in."""
    address = escaped(str(person.get("email") or "an account without an e-mail address"))
    st.title("You are not let in")
    if person.get("email_verified") is True:
        st.error(f"You are signed in as {address}, which has no key here. Ask whoever runs the dashboard to list it.")
    else:
        st.error(f"You are signed in as {address}, which your organisation has not verified.")
    st.button("Sign out", on_click=sign_out)


def project_chosen() -> bool:
    """Whether it is clear whose results are shown: an operator's key is tied to no project, so one is chosen."""
    if me().project is not None or PROJECT in st.session_state:
        return True
    names = [project.name for project in client().projects()]
    if not names:
        st.info(NO_PROJECT)
        return False
    st.title("Choose a project")
    with st.form("choose_project", width=FORM_PX):
        name = st.selectbox("Project", names)
        if st.form_submit_button("Open project", type="primary"):
            st.session_state[CLIENT] = opened(configured().url, st.session_state.get(KEY, configured().key), name)
            st.session_state[PROJECT] = name
            st.rerun()
    return False


def who() -> None:
    """Say in the sidebar who is signed in, with which rights, and let them leave."""
    key, project = me().key, me().project
    name = project.name if project else st.session_state[PROJECT]
    with st.sidebar.popover(escaped(name), icon=":material/person:", width="stretch"):
        if with_organisation():
            st.markdown(f"Signed in as {escaped(str(st.user.get('email')))}")
        st.markdown(f"Key **{escaped(key.name)}**, which may {', '.join(key.scopes)}")
        st.markdown(f"Project **{escaped(name)}**")
        if not project:
            st.button("Choose another project", on_click=leave_project)
        if KEY in st.session_state:
            st.button("Sign out", icon=":material/logout:", on_click=sign_out)


def leave_project() -> None:
    """Forget what was looked at, but not who looks."""
    kept = {name: st.session_state[name] for name in (KEY, CLIENT, ME) if name in st.session_state}
    forget()
    st.session_state.update(kept)


def sign_out() -> None:
    """Forget the key and whatever the pages kept for its owner, and tell the organisation's sign-in."""
    if CLIENT in st.session_state:
        st.session_state[CLIENT].close()
    forget()
    if with_organisation():
        st.logout()


def forget() -> None:
    """Leave nothing in the session or the address."""
    st.session_state.clear()
    st.query_params.clear()
