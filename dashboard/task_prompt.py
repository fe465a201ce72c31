"""What a task asked: its prompt, context and images.

One rule: a browser fetches an image from a host of others only when it is asked to, and never a file of this machine.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st

from dashboard.look import escaped
from dashboard.texts import text
from elicit.schemas import TaskDetail

IMAGE_PX = 320


def show_prompt(detail: TaskDetail) -> None:
    """What the agents were asked."""
    st.subheader("What was asked")
    if detail.category:
        st.badge(escaped(detail.category), color="gray")
    with st.container(border=True):
        text(detail.prompt, label="Prompt")
    if detail.context:
        with st.expander("Context that went with it", icon=":material/attach_file:"):
            text(detail.context, label="Context")
    if detail.images:
        show_images(detail.images)


def show_images(images: Sequence[str]) -> None:
    """The images of the task, once somebody wants them."""
    title = f"{len(images)} image{'s' * (len(images) > 1)} ({from_where(images)})"
    with st.expander(escaped(title), icon=":material/image:", on_change="rerun", key="images") as shown:
        if not shown.open:
            return
        for number, image in enumerate(images, start=1):
            if image.startswith(("https://", "http://", "data:image/")):
                st.image(image, width=IMAGE_PX, alt=f"Image {number} of the task")
            else:
                st.caption("An image that a browser cannot show.")


def from_where(images: Sequence[str]) -> str:
    """Whom the browser asks for them.

    >>> from_where(["https://a.example/x.png", "data:image/png;base64,AA=="])
    'stored with the task, and from a.example'
    """
    stored = any(image.startswith("data:") for image in images)
    hosts = sorted({urlsplit(image).hostname or "" for image in images if not image.startswith("data:")})
    return ", and ".join(["stored with the task"] * stored + [f"from {', '.join(hosts)}"] * bool(hosts))
