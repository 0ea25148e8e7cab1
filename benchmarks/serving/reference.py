"""What the notebook's own predictor says, run by the model's interpreter: `reference.py BUNDLE < samples`.

Reads a JSON list of samples and writes the list of their predictions, made one by one.
"""

import json
import pickle
import sys
from pathlib import Path

functions = pickle.loads(Path(sys.argv[1], "model.pkl").read_bytes())
json.dump([int(functions["predictor"](sample)) for sample in json.load(sys.stdin)], sys.stdout)
