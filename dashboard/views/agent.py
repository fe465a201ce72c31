"""Agent."""

from dashboard.look import heading

heading("Agent", "")
