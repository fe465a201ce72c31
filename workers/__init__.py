"""Celery's side of elicit.

On every machine `celery -A workers.app worker -Q llm,cpu`, and once `celery -A workers.app beat`; a second beat does no
harm.
"""
