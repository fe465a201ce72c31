"""What the server is: versions, where it keeps things, which providers its runs have called."""

import pandas as pd
import streamlit as st

from dashboard.connection import client
from dashboard.look import escaped, moment
from elicit.digits import dollars
from elicit.schemas import ProviderSeen


def show() -> None:
    """The server, and the providers seen."""
    server = client().server()
    facts = {
        "elicit": server.version,
        "Python": server.python,
        "Database": server.database,
        "Runs are carried out": server.workers,
    }
    for column, (name, value) in zip(st.columns(len(facts)), facts.items(), strict=True):
        column.metric(name, value)
    if server.endpoints:
        st.markdown("**Model servers that the operator has named:** " + ", ".join(map(escaped, server.endpoints)))
    st.markdown("**Models that this project's runs have called**")
    if server.providers:
        st.dataframe(table_of(server.providers), hide_index=True, alt="Models that were called")
    else:
        st.caption("None yet: outputs that were handed in and the built-in scorer need no model.")


def table_of(seen: list[ProviderSeen]) -> pd.DataFrame:
    """What the table shows of each model."""
    return pd.DataFrame(
        {
            "model": [one.model for one in seen],
            "calls": [one.calls for one in seen],
            "failed lately": [failures_of(one) for one in seen],
            "cost": [dollars(one.cost) for one in seen],
            "last call": [moment(one.last_at) for one in seen],
        }
    )


def failures_of(one: ProviderSeen) -> str:
    """What failed among the newest answers of a model."""
    told = ", ".join(f"{count:,} {kind}" for kind, count in one.failures.items())
    return f"{told} of {one.looked_at:,}" if told else f"none of {one.looked_at:,}"
