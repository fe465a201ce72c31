"""The gaming lab: what agents would gain by tricks, under each mechanism, without and with the defence against clones.

One rule: a trick is played on a copy of the pool, everything else as it is; what it pays is told whatever it is.
"""

from elicit.services.audit.attacks import ATTACKS, Attack
from elicit.services.audit.playing import Effect, Sampling, audit, summary

__all__ = ["ATTACKS", "Attack", "Effect", "Sampling", "audit", "summary"]
