"""Sending the messages of webhooks.

One rule: a message is counted as tried before it is sent, so that a worker that dies sends it once more and not for
ever.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from elicit.errors import ElicitError
from elicit.running.engine import Engine
from elicit.services.alerts import SIGNATURE, signature, webhook_secret
from elicit.store.service import webhooks
from elicit.store.service.webhooks import Outgoing

AT_ONCE = 8
MOST_A_TICK = 40
TIMEOUT_S = 10.0


def deliver(engine: Engine, now: datetime) -> None:
    """Send the messages that are due."""
    with engine.store.writing() as session:
        due = webhooks.take_due(session, now, MOST_A_TICK)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="elicit-webhook") as pool:
        for message in due:
            pool.submit(send, engine, message)


def send(engine: Engine, message: Outgoing) -> None:
    """Send a message, and write down how it went."""
    status, error = None, None
    body = body_of(message.payload)
    secret = webhook_secret(engine.secret_key, message.webhook_id)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "elicit",
        SIGNATURE: signature(secret, int(engine.now().timestamp()), body),
    }
    try:
        status = engine.outbound.post(message.url, body, headers, timeout_s=TIMEOUT_S)
    except ElicitError as failure:
        error = str(failure)
    with engine.store.writing() as session:
        webhooks.went(session, message.id, engine.now(), status=status, error=error)


def body_of(payload: Mapping[str, Any]) -> bytes:
    """A message as it is sent and signed."""
    return json.dumps(payload, separators=(",", ":")).encode()
