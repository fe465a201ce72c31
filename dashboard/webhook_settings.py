"""Webhooks: who is told of what, and whether it arrived."""

from typing import get_args

import pandas as pd
import streamlit as st

from dashboard.connection import client
from dashboard.look import escaped, moment
from elicit.schemas import Delivery, EventName, Webhook

MEANING = {
    "run.finished": "a run is done",
    "run.stopped": "a run was stopped, cancelled or failed",
    "agent.moved": "an agent moved by more than noise",
    "schedule.skipped": "a run that was due was left out",
}
DELIVERIES = 20


def show() -> None:
    """The webhooks, what was sent, and a form for a new one."""
    hooks = client().webhooks()
    if not hooks:
        st.caption("Nobody is told of anything yet.")
    for hook in hooks:
        show_hook(hook)
    show_form()


def show_hook(hook: Webhook) -> None:
    """One webhook."""
    with st.container(border=True):
        st.markdown(f"**{escaped(hook.url)}**")
        st.caption(f"Told when {'; '.join(MEANING[event] for event in hook.events)}.")
        with st.container(horizontal=True):
            if st.button("Send a test", icon=":material/send:", key=f"test {hook.id}"):
                client().test_webhook(hook)
            if st.button("Delete", icon=":material/delete:", key=f"delete {hook.id}"):
                client().delete_webhook(hook)
                st.toast("The webhook is deleted.", icon=":material/check:")
                st.rerun()
        sent = client().deliveries(hook, limit=DELIVERIES)
        if sent:
            st.dataframe(table_of(sent), hide_index=True, alt="What was sent to this webhook")


def table_of(sent: list[Delivery]) -> pd.DataFrame:
    """What the table shows of each message."""
    return pd.DataFrame(
        {
            "sent": [moment(one.created_at) for one in sent],
            "event": [one.event for one in sent],
            "state": [one.state for one in sent],
            "tries": [one.tries for one in sent],
            "answer": ["–" if one.status is None else str(one.status) for one in sent],
            "error": [one.error or "" for one in sent],
        }
    )


def show_form() -> None:
    """Ask for a webhook, make it, and show its secret this once."""
    with st.form("new webhook", clear_on_submit=True):
        st.markdown("**New webhook**")
        url = st.text_input("Address", placeholder="https://example.org/hook")
        names = get_args(EventName)
        events = st.pills("Told when", names, selection_mode="multi", default=names, format_func=MEANING.__getitem__)
        wanted = st.form_submit_button("Make webhook", type="primary")
    if wanted and not (url.strip() and events):
        st.warning("A webhook needs an address, and at least one event.")
    elif wanted:
        made = client().create_webhook(url.strip(), events)
        st.success("The webhook is made. Messages are signed with this secret. Copy it now: it is not shown again.")
        st.code(made.secret, language=None)
