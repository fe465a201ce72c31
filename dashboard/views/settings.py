"""Settings."""

from dashboard.look import heading

heading("Settings", "")
