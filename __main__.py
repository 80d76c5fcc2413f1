"""``python -m mesobridge``."""

from .cli import main

raise SystemExit(main())
