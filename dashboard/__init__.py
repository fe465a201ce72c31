"""The dashboard: pages over the HTTP API. It imports the client and nothing else of elicit."""
