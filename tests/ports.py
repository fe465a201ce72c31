"""Ports for servers that are to be found where they were once they have been started again."""

import random
import socket

# Below the ports that the system hands out itself: while a server is away nobody else comes to have its port.
PORTS = range(20_000, 32_000)


def free_port():
    """A port of this machine that nobody listens at."""
    while True:
        port = random.SystemRandom().choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
