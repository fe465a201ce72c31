"""A gateway on a mock server, over real HTTP through litellm."""

import pytest

from elicit.llm import Gateway, Keys
from elicit.services.plan import Limits


@pytest.fixture
def gateway_of():
    """A function that opens a gateway with quick retries; all are closed when the test ends."""
    opened = []

    def make(prices=None, keys=None, key_names=None, cool_down_s=0.05, **limits):
        gateway = Gateway(
            keys=Keys(keys or {}),
            limits=Limits(**({"timeout_s": 5, "retries": 3, "concurrency": 8} | limits)),
            prices=prices or {},
            key_names=key_names or {},
            first_backoff_s=0.01,
            cool_down_s=cool_down_s,
        )
        opened.append(gateway)
        return gateway

    yield make
    for gateway in opened:
        gateway.close()
