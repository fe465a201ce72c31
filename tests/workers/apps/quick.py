"""The app of `workers.app` on a quick clock: what was lost (a worker, a nudge) is noticed within seconds."""

from importlib import import_module

items, runs = import_module("elicit.store.service.items"), import_module("elicit.store.service.runs")
items.LEASE_S = runs.CLAIM_S = 3
runs.WAKE_S = 1.0
import_module("elicit.running.engine").BEAT_S = 0.7
import_module("elicit.running.ticks").TICK_S = 1.0

app = import_module("workers.app").app
