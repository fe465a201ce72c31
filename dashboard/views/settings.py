"""Settings: who is signed in, keys, webhooks, and what the server is."""

import streamlit as st

from dashboard import key_settings, server_settings, webhook_settings
from dashboard.connection import may, me
from dashboard.look import escaped, heading, moment
from dashboard.states import told

ADMINS_ONLY = "Only a key with the scope admin may see and change these. Yours has: {}."


def main() -> None:
    """The page."""
    heading("Settings", "Who may do what, who is told of what, and what this server is.")
    you, keys, hooks, server = st.tabs(["You", "Keys", "Webhooks", "Server"])
    with you:
        show_you()
    for tab, show in ((keys, key_settings.show), (hooks, webhook_settings.show)):
        with tab, told():
            if may("admin"):
                show()
            else:
                st.info(ADMINS_ONLY.format(", ".join(me().key.scopes)), icon=":material/lock:")
    with server, told():
        server_settings.show()


def show_you() -> None:
    """The key in use."""
    key, project = me().key, me().project
    st.markdown(f"**Key** {escaped(key.name)}")
    st.markdown(f"**May** {', '.join(key.scopes)}")
    st.markdown(f"**Project** {escaped(project.name) if project else 'all: an operator’s key'}")
    st.markdown(f"**Ends** {moment(key.expires_at) if key.expires_at else 'never'}")


main()
