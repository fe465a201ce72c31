"""Task."""

from dashboard.look import heading

heading("Task", "")
