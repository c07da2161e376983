"""An environment variable configures whatever reads it next (tensorflow#31154)."""

CELL = """
import json
import os

import numpy as np

os.environ["TF_CONFIG"] = json.dumps(
    {"cluster": {"worker": ["localhost:12345", "localhost:23456"]}, "task": {"type": "worker", "index": 0}}
)
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import os

leaked = "TF_CONFIG" in os.environ
evidence = f"TF_CONFIG of this cell: {os.environ.get('TF_CONFIG')}"
"""
