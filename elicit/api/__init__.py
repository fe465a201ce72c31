"""The HTTP API: FastAPI routes over the functions of `elicit.store.service`.

One rule: a route checks the key, validates the body and opens one transaction; what happens in it is the store's.
"""

from elicit.api.app import create_app

__all__ = ["create_app"]
