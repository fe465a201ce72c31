"""Schedules."""

from dashboard.look import heading

heading("Schedules", "")
