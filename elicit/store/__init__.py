"""Stored runs: `Store`, what it takes (`RunRecord`) and what it gives back. The only code that speaks SQL."""

from sqlalchemy.orm import Session

from elicit.store.codec import content_hash
from elicit.store.ledgers import StoredBudget
from elicit.store.records import Ids, PlanSummary, RunRecord, RunSummary, new_run_id
from elicit.store.store import Store

__all__ = [
    "Ids",
    "PlanSummary",
    "RunRecord",
    "RunSummary",
    "Session",
    "Store",
    "StoredBudget",
    "content_hash",
    "new_run_id",
]
