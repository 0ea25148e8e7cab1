"""`python -m jupyterlab_slipway`: the `slipway` command."""

import sys

from .cli import main

sys.exit(main())
