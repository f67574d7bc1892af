"""`python -m kshim`: the command line."""

from __future__ import annotations

import sys

from kshim.cli import main

sys.exit(main())
