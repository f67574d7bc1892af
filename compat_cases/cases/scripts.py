"""Scripts of ``scripts/`` whose numbers are recorded: each writes them to curve.json."""

ERAS = ("1.2", "2.2", "2.3", "2.15")

CASES = [
    {"name": "gan", "eras": ("2.2",)},
    {"name": "vae", "eras": ("2.3",)},
    {"name": "stateful_text", "eras": ("1.2",)},
    {"name": "siamese", "eras": ("2.3",)},
    {"name": "three_outputs", "eras": ("2.15",)},
]
