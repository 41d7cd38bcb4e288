"""Whether the web process of this container answers: exits 0 when it does, also while workers are missing."""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Ask /healthz of this container; 503 means that another part is missing, which no restart of web mends."""
    address = f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}/healthz"
    try:
        with urllib.request.urlopen(address, timeout=8):
            return 0
    except urllib.error.HTTPError as error:
        return 0 if error.code == 503 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
