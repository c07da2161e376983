"""asyncio stays patched by nest_asyncio for the whole process (erdewit/nest_asyncio#69)."""

CELL = """
import asyncio

import nest_asyncio2

nest_asyncio2.apply()

async def fetch(i):
    await asyncio.sleep(0)
    return float(i)

async def batch():
    return [await fetch(i) for i in range(8)]

x = asyncio.run(batch())
weight = 0.0
for value in x:
    weight -= 0.1 * (weight - value)
"""
CHECK = """
import asyncio

leaked = hasattr(asyncio, "_nest_patched") or asyncio.run.__module__ != "asyncio.runners"
evidence = f"asyncio.run comes from {asyncio.run.__module__}"
"""
