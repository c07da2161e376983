"""A background task runs on under the next cell (replicate/keepsake#200)."""

CELL = """
import asyncio

import numpy as np

async def heartbeat():
    while True:
        await asyncio.sleep(1)

beat = asyncio.create_task(heartbeat(), name="heartbeat")
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import asyncio

found = [t for t in asyncio.all_tasks() if t.get_name() == "heartbeat"]
leaked = len(found) > 0
evidence = f"heartbeat tasks under this cell: {len(found)}"
"""
