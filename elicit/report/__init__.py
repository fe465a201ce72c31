"""A run as one HTML file that opens anywhere: no server, no script, nothing fetched.

One rule: names are other people's text. The template escapes whatever it is given; only pictures of our own go in as
they are.
"""

from elicit.report.facts import Facts
from elicit.report.page import CONTENT_SECURITY_POLICY, report

__all__ = ["CONTENT_SECURITY_POLICY", "Facts", "report"]
