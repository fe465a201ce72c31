"""Trust."""

from dashboard.look import heading

heading("Trust", "")
