"""The corpus: every hostile file, and every odd but legal one."""

from __future__ import annotations

from tests.hostile import archives, configs, containers, legal

CASES = [*containers.CASES, *configs.CASES, *archives.CASES]
LEGAL = legal.CASES
