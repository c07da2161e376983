"""Asynchronous functions, generators and context managers."""

NAMES = ["value", "agen"]
MAKE = """
import asyncio, contextlib

async def value(x):
    await asyncio.sleep(0)
    return x * 2

async def agen(n):
    for i in range(n):
        yield await value(i)

class Timer:
    async def __aenter__(self):
        return "in"

    async def __aexit__(self, *a):
        return True

value.timer = Timer()
value.ctx = contextlib.asynccontextmanager(agen)
"""
CHECK = """
import asyncio

async def go():
    out = [x async for x in agen(3)]
    async with value.timer as t:
        out.append(t)
        raise ValueError
    return out + [await value(5)]

got = asyncio.run(go())
ok = got == [0, 2, 4, "in", 10] and asyncio.iscoroutinefunction(value)
evidence = repr(got)
"""
