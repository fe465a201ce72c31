"""Who moved between two runs, and how webhooks hear of it: what is sent, how it is signed, when it is sent again. Pure.

One rule: an agent has moved where `elicit compare` says so, after the correction for having looked at every agent.
"""

import hashlib
import hmac
from dataclasses import asdict
from typing import Any

from elicit.errors import InvalidInput
from elicit.services.compare import Board, Move, compare

MOST_TRIES = 8  # of a message; the last about fifteen hours after the first
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 6 * 3600
SIGNATURE = "Elicit-Signature"


def moves_between(before: Board, after: Board, *, seed: int) -> dict[str, Move]:
    """How each agent moved from one run to the next, by name; empty where nothing can be compared."""
    try:
        return {move.agent: move for move in compare(before, after, seed=seed)}
    except InvalidInput:  # too few agents are in both
        return {}


def has_moved(move: Move) -> bool | None:
    """Whether an agent moved by more than noise explains; `None` where that cannot be told."""
    return None if move.p_adjusted is None else move.beyond_noise


def move_document(move: Move, *, run: str, before: str, schedule: str | None) -> dict[str, Any]:
    """What a webhook is told of an agent that moved."""
    return {"run": run, "before": before, "schedule": schedule} | asdict(move)


def webhook_secret(secret_key: str, webhook_id: str) -> str:
    """What signs the messages of a webhook; derived anew each time, so that it is never stored."""
    return "whsec_" + hmac.new(secret_key.encode(), f"webhook {webhook_id}".encode(), hashlib.sha256).hexdigest()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of the `Elicit-Signature` header: when it was signed (Unix time), and the HMAC-SHA256 of both.

    >>> signature("whsec_1", 1795500000, b"{}")
    't=1795500000,v1=bc9b9793b056cff992c080a9b202ac589651a71d9dc634dc8b24ad0bad63fa2b'
    """
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"


def pause_s(tries: int) -> int:
    """Seconds until a message is sent again after so many tries.

    >>> [pause_s(tries) for tries in (1, 2, 3, 7)]
    [30, 120, 480, 21600]
    """
    return int(min(FIRST_PAUSE_S * 4 ** (tries - 1), LONGEST_PAUSE_S))
