"""What tests of the API share: a running server, with a project of the test's own."""

from serving import running_server, server

__all__ = ["running_server", "server"]
