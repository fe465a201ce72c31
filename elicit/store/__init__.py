"""Stored runs: `Store`, what it takes (`RunRecord`) and what it gives back. The only code that speaks SQL."""

from elicit.store.codec import content_hash
from elicit.store.ledgers import StoredBudget
from elicit.store.records import PlanSummary, RunRecord, RunSummary, new_run_id
from elicit.store.store import Store

__all__ = ["PlanSummary", "RunRecord", "RunSummary", "Store", "StoredBudget", "content_hash", "new_run_id"]
