"""Runs."""

from dashboard.look import heading

heading("Runs", "")
