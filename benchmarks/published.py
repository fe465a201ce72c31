"""The area under the curve of the published mechanisms on `strategic_agents`, computed from their raw outputs.

For each set and mechanism: over all responses, inside a task and then averaged, over the agents' means. "As released"
are the numbers of the published code, whose faults elicit does not repeat: the MI score averages both directions, GPPM
divides by the token counts of other items.
Source: Robertson and Koyejo (2025), arXiv:2508.05469, and the outputs published with it.
"""

Triple = tuple[float, float, float]

# Which input and mechanism of ours is the same thing.
OURS: dict[str, tuple[str, str] | None] = {
    "TVD-MI": ("critic", "tvd_mi"),
    "MI as released": None,
    "GPPM as released": None,
    "GPPM, token counts put right": ("log-probs", "gppm"),
    "MI, what I tell of my peers": ("log-probs", "mi"),
    "judge with the source": ("judge with the source", "win_rate"),
    "judge without the source": ("judge without the source", "win_rate"),
    "tokens": ("text", "length"),
}

AUC: dict[str, tuple[Triple | None, ...]] = {
    "samsum": (
        (0.846, 0.863, 0.929),
        (0.646, 0.662, 0.686),
        (0.613, 0.782, 0.810),
        (0.730, 0.790, 0.819),
        (0.740, 0.791, 0.810),
        (0.699, 0.701, 0.757),
        (0.537, 0.537, 0.524),
        (0.659, 0.678, 0.676),
    ),
    "pubmed": (
        (0.838, 0.864, 0.933),
        (0.685, 0.729, 0.786),
        (0.673, 0.865, 0.943),
        (0.709, 0.871, 0.933),
        (0.820, 0.877, 0.943),
        (0.809, 0.808, 0.829),
        (0.675, 0.677, 0.710),
        (0.810, 0.816, 0.838),
    ),
    "reddit_tifu": (
        (0.866, 0.892, 0.952),
        (0.686, 0.709, 0.748),
        (0.655, 0.847, 0.900),
        (0.800, 0.848, 0.900),
        (0.816, 0.847, 0.886),
        (0.707, 0.709, 0.743),
        (0.504, 0.507, 0.495),
        (0.742, 0.753, 0.729),
    ),
    "opus_de_en": (
        (0.695, 0.754, 0.830),
        (0.695, 0.739, 0.795),
        (0.683, 0.795, 0.835),
        (0.683, 0.794, 0.835),
        (0.736, 0.798, 0.835),
        (0.735, 0.733, 0.807),
        (0.556, 0.564, 0.608),
        (0.493, 0.494, 0.540),
    ),
    "reddit_tifu__case_flip": (
        (0.797, 0.825, 0.905),
        (0.602, 0.613, 0.643),
        (0.580, 0.778, 0.814),
        (0.734, 0.780, 0.814),
        (0.746, 0.774, 0.810),
        (0.642, 0.645, 0.700),
        (0.424, 0.423, 0.371),
        None,
    ),
    "reddit_tifu__format": (
        (0.857, 0.889, 0.962),
        (0.538, 0.544, 0.557),
        (0.643, 0.807, 0.838),
        (0.762, 0.806, 0.833),
        (0.757, 0.803, 0.829),
        (0.717, 0.718, 0.767),
        (0.523, 0.526, 0.519),
        None,
    ),
    "reddit_tifu__padding": (
        (0.862, 0.888, 0.943),
        (0.576, 0.587, 0.614),
        (0.647, 0.811, 0.852),
        (0.766, 0.809, 0.852),
        (0.767, 0.809, 0.852),
        (0.704, 0.706, 0.738),
        (0.528, 0.531, 0.519),
        None,
    ),
}
