"""The service's rows, noun by noun: functions that take an open session of `Store.reading()` or `Store.writing()`.

One rule: whatever belongs to a project is found through that project, so that nobody can reach another's by its id.
"""
