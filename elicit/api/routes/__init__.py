"""The routes, a file a noun. Each has a `router`, listed in `elicit.api.app.ROUTERS`."""
