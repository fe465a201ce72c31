"""Compare."""

from dashboard.look import heading

heading("Compare", "")
