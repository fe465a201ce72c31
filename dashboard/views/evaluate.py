"""New evaluation."""

from dashboard.look import heading

heading("New evaluation", "")
