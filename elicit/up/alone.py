"""The API alone, as one of several processes over one database."""

import socket
from collections.abc import Callable

from elicit import logs
from elicit.api.app import create_app
from elicit.errors import InvalidInput
from elicit.settings import ServerSettings
from elicit.up.listening import address, serve
from elicit.wiring import first_key, opened


def serve_api(settings: ServerSettings, door: socket.socket, say: Callable[[str], None]) -> None:
    """Serve the API until the process is told to stop; the first start makes an operator's key.

    Raises `InvalidInput` where a setting is missing that several processes must share.
    """
    if not settings.broker_url:
        raise InvalidInput("the API alone needs a broker (ELICIT_BROKER_URL); 'elicit up' does without")
    if not settings.secret_key:
        raise InvalidInput("the API needs a secret that all its processes share: set ELICIT_SECRET_KEY")
    logs.set_up(secrets=[settings.secret_key])
    with opened(settings) as parts:
        if (shown_once := first_key(parts)) is not None:
            say(f"Operator's key, shown this once: {shown_once}")
        say(f"API at {address(door)}/v1")
        serve(create_app(parts), door)
