"""Write down the OpenAPI document of the HTTP API: `python docs/make_openapi.py`."""

import json
from pathlib import Path

from elicit.api import create_app
from elicit.settings import ServerSettings
from elicit.wiring import Parts


def document() -> str:
    """The document as it is checked in; it needs no database."""
    app = create_app(Parts(ServerSettings("sqlite:///none.db"), store=None))
    return json.dumps(app.openapi(), indent=2) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "openapi.json").write_text(document())
