"""The corpus: every hostile file, and every odd but legal one."""

from __future__ import annotations

from tests.hostile import archives, checkpoints, configs, containers, further, legal

CASES = [*containers.CASES, *configs.CASES, *archives.CASES, *further.CASES, *checkpoints.CASES]
LEGAL = legal.CASES
