"""From a pairwise matrix to numbers one can trust: peer weights, clones, intervals, ranks, nulls.

Pure functions on arrays; whatever is random takes its generator as an argument.
"""
