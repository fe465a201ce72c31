"""The servers as commands start them: the API alone, or API, runs, schedules and dashboard in one process."""
