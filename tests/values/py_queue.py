"""Queues that no thread uses, each of its kind, with items, bounds and what isn't done yet."""

NAMES = ["jobs", "last", "first", "same"]
MAKE = """
import queue

jobs, last, first = queue.Queue(maxsize=3), queue.LifoQueue(), queue.PriorityQueue()
same = [1]
jobs.put(same)
jobs.put("two")
jobs.get()
jobs.put(same)
for number in (2, 1, 3):
    last.put(number)
    first.put((number, "x"))
"""
CHECK = """
facts = {
    "unfinished": jobs.unfinished_tasks == 3 and jobs.maxsize == 3,
    "items": jobs.get() == "two" and jobs.get() is same and jobs.empty(),
    "orders": [last.get(), last.get()] == [3, 1] and [first.get()[0], first.get()[0]] == [1, 2],
}
for _ in range(3):
    jobs.task_done()
jobs.join()
for number in range(3):
    jobs.put_nowait(number)
facts["full"] = jobs.full()
ok, evidence = all(facts.values()), str(facts)
"""
