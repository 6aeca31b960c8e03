"""The program `litdesk`, also as `python -m litdesk`."""

import sys

from litdesk.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
