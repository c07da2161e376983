"""Contract: what is packed in one process is the same value when it is unpacked in another, or is refused by name."""

import enum
import json
import os
import sqlite3
import subprocess
import sys
import threading
import types
from unittest.mock import MagicMock

import numpy as np
import pytest
from conftest import calls

from isokernel.errors import ProtocolError, ValueRefused
from isokernel.payload import Parcel, pack, unpack
from isokernel.payload.functions import reads

NOTEBOOK = {"__name__": "__main__"}


def cell(source, **given):
    """A namespace in which `source` ran as a notebook's cell."""
    space = {**NOTEBOOK, **given}
    exec(source, space)
    return space


def received(parcel):
    """`parcel` as another process gets it."""
    facts, data, fds = parcel.wire()
    return Parcel.from_wire(json.loads(json.dumps(facts)), data, tuple(os.dup(fd) for fd in fds))


def carried(space, *names, into=None, **options):
    """The values of `names`, packed in `space` and opened in a namespace of their own."""
    packing = pack({name: space[name] for name in names}, namespace=space, **options)
    assert packing.refusals == ()
    return unpack([received(parcel) for parcel in packing.parcels], namespace={} if into is None else into)


def groups(space, *names):
    """Which names share a parcel."""
    return [parcel.names for parcel in pack({name: space[name] for name in names}, namespace=space).parcels]


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def test_nothing_is_packed_for_no_names():
    """No names, no parcels, no refusals."""
    assert pack({}, namespace={}) == pack({}, namespace={})
    assert pack({}, namespace={}).parcels == ()


def test_names_that_share_a_list_are_one_parcel_and_share_it_again():
    """Sharing is kept, and only what shares travels together; small atoms, which share nothing, are one parcel."""
    space = cell("a = [1]; b = {'a': a}; c = [1]; d = 'x'; e = 'x'")
    assert groups(space, "a", "b", "c", "d", "e") == [("a", "b"), ("c",), ("d", "e")]
    values = carried(space, "a", "b", "c")
    assert values["b"]["a"] is values["a"]


def test_instances_share_their_class_but_not_what_python_knows_by_name():
    """A class of the notebook travels with its instances; modules, types and constants join nobody."""
    space = cell("import math\nclass A: pass\na, b = A(), A()\nc, d = [math, int, math.sin], [math, int, math.sin]")
    assert groups(space, "a", "c", "b", "d") == [("c",), ("d",), ("a", "b")]
    values = carried(space, "a", "b")
    assert type(values["a"]) is type(values["b"])


def test_together_is_one_parcel():
    """Declared cells may have all names in one stream."""
    packing = pack({"a": 1, "b": [2]}, namespace={}, together=True)
    assert [parcel.names for parcel in packing.parcels] == [("a", "b")]


def test_large_arrays_arrive_writable_private_and_once():
    """Memory is shared until written to, and a write stays with the writer."""
    array = np.arange(100_000.0)
    (parcel,) = pack({"a": array, "b": array}, namespace={}).parcels
    first, second = (unpack([received(parcel)], namespace={}) for _ in range(2))
    assert first["a"] is first["b"]
    assert parcel.nbytes < 1.1 * array.nbytes
    first["a"][0] = -1
    assert (second["a"][0], array[0]) == (0, 0)


def test_a_segment_cannot_be_changed_by_its_receiver():
    """What was sent is sealed: no reader can have pages taken away from under it."""
    (parcel,) = pack({"a": np.zeros(100_000)}, namespace={}).parcels
    _, _, (fd,) = parcel.wire()
    with pytest.raises(PermissionError):
        os.truncate(fd, 10)


def test_without_memfd_a_temporary_file_holds_the_bytes(monkeypatch):
    """A sandbox that refuses memfd_create costs speed and nothing else."""

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "memfd_create", refuse)
    assert carried({"a": np.ones(100_000)}, "a")["a"].sum() == 100_000


def test_large_bytes_and_text_cross_whole():
    """Large plain values go through the segment as well."""
    space = {"b": b"ab" * 100_000, "s": "ä" * 100_000, "ba": bytearray(200_000), "l": list(range(100_000))}
    assert carried(space, "b", "s", "ba", "l") == space


def test_many_arrays_need_few_descriptors():
    """A process can't hold a descriptor for each of a thousand arrays."""
    values = {f"a{i}": np.full(10_000, i) for i in range(1000)}
    parcels = pack(values, namespace={}).parcels
    assert sum(len(parcel.wire()[2]) for parcel in parcels) <= 200
    opened = unpack(parcels, namespace={})
    assert all(opened[f"a{i}"][0] == i for i in range(1000))


def test_descriptors_are_closed_with_the_last_reference():
    """A parcel holds descriptors only as long as it lives; what was opened from it holds none."""
    before = open_descriptors()
    (parcel,) = pack({"a": np.zeros(100_000)}, namespace={}).parcels
    values = unpack([received(parcel)], namespace={})
    assert open_descriptors() > before
    del parcel
    assert open_descriptors() == before
    assert values["a"].sum() == 0


def test_a_parcel_that_is_refused_closes_what_came_with_it():
    """from_wire owns the descriptors, also when it raises."""
    (parcel,) = pack({"a": np.zeros(100_000)}, namespace={}).parcels
    facts, data, (fd,) = parcel.wire()
    before = open_descriptors()
    with pytest.raises(ProtocolError):
        Parcel.from_wire({**facts, "size": 1}, data, (os.dup(fd),))
    assert open_descriptors() == before
    for changes in ({"names": [1]}, {}), ({}, {"names": [1]}):
        with pytest.raises(ProtocolError):
            Parcel.all_from_wire([({**facts, **change}, data, (os.dup(fd),)) for change in changes])
        assert open_descriptors() == before


@pytest.mark.parametrize(
    "change",
    [
        {"names": [1]}, {"names": []}, {"length": -1}, {"length": 10**9}, {"spans": [[0, 10**12]]}, {"inner": [{}]},
        {"summaries": [["a"]]}, {"sources": {"a": 1}}, {"checksum": "x"}, {"inline": False}, {"size": 5}, {"more": 1},
    ],
)  # fmt: skip
def test_facts_that_fit_nothing_are_a_protocol_error(change):
    """A parcel is checked by type and bounds before any of it is opened."""
    (parcel,) = pack({"a": [1]}, namespace={}).parcels
    facts, data, _ = parcel.wire()
    with pytest.raises(ProtocolError):
        Parcel.from_wire({**facts, **change}, data, ())


def test_bytes_that_changed_are_a_protocol_error():
    """A stream is never opened if it is not what was packed."""
    (parcel,) = pack({"a": ["word"]}, namespace={}).parcels
    facts, data, _ = parcel.wire()
    with pytest.raises(ProtocolError, match="changed on the way"):
        unpack([Parcel.from_wire(facts, data.replace(b"word", b"wurd"), ())], namespace={})


def test_a_named_function_reads_and_writes_the_receivers_globals():
    """No globals travel with it; it belongs to the namespace it arrives in."""
    space, there = cell("k = 1\ndef bump():\n    global k\n    k += 1\n    return k"), {"k": 10}
    bump = carried(space, "bump", into=there)["bump"]
    assert bump.__globals__ is there
    assert (bump(), there["k"], space["k"]) == (11, 11, 1)


def test_a_function_inside_a_value_carries_what_it_reads():
    """A callback in a list needs no declaration of its own."""
    assert carried(cell("k = 3\nv = [lambda x: x * k]"), "v")["v"][0](2) == 6


def test_where_a_function_is_both_the_name_wins():
    """One object stays one object, bound to the receiver's namespace."""
    there = {}
    values = carried(cell("def f(): return k\nv = [f]"), "f", "v", into=there)
    assert values["v"][0] is values["f"]
    assert values["f"].__globals__ is there


def test_functions_that_share_a_variable_still_share_it():
    """Cells are carried as objects, not as copies of what is in them."""
    space = cell(
        "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n"
        "    def get(): return n\n    return up, get\nup, get = make()"
    )
    values = carried(space, "up", "get")
    values["up"]()
    assert values["get"]() == 1


def test_a_parcel_tells_the_imports_its_functions_read():
    """Whoever opens it decides whether to import them."""
    (parcel,) = pack({"f": cell("import json as j\ndef f(): return j")["f"]}, namespace={}).parcels
    assert parcel.imports == {}
    space = cell("import json as j\nfrom os.path import join\ndef f(): return j, join")
    (parcel,) = pack({"f": space["f"]}, namespace=space).parcels
    assert parcel.imports == {"j": "json", "join": "posixpath:join"}


def test_roots_name_the_libraries_that_opening_needs():
    """Python's own modules are not among them."""
    (parcel,) = pack({"a": [np.zeros(1), enum.Enum]}, namespace={}).parcels
    assert parcel.roots == {"numpy"}


def test_summaries_say_what_is_inside():
    """One line for each name, made where the value is."""
    (parcel,) = pack({"a": np.zeros((2, 3), "f4")}, namespace={}).parcels
    assert (parcel.summaries["a"].type, parcel.summaries["a"].text) == ("numpy.ndarray", "float32 (2, 3)")


def test_one_bad_value_is_named_and_the_others_are_packed():
    """A refusal tells variable, way, type and what to do; it costs nobody else."""
    space = cell("class Run: pass\nr = Run()\nr.parts = [1, {'guard': lock}]\nx = [1]", lock=threading.Lock())
    space["lock"].acquire()
    packing = pack({"r": space["r"], "x": space["x"]}, namespace=space)
    assert [parcel.names for parcel in packing.parcels] == [("x",)]
    (refusal,) = packing.refusals
    assert (refusal.name, refusal.path, refusal.type_name) == ("r", ".parts[1]['guard']", "_thread.lock")
    assert "Release it" in str(refusal)


def test_an_error_in_the_users_reducer_is_a_refusal():
    """The exception is quoted, and is the refusal's cause."""
    space = cell("class Bad:\n    def __getstate__(self): raise KeyError('no')\nb = (Bad(),)")
    (refusal,) = pack({"b": space["b"]}, namespace=space, together=True).refusals
    assert (refusal.path, refusal.type_name) == ("[0]", "Bad")
    assert "KeyError: 'no'" in refusal.reason
    assert isinstance(refusal.__cause__, KeyError)


def test_a_value_that_fails_to_open_is_named():
    """The bytes were right, so the error is the value's own."""
    space = cell("class Odd:\n    def __setstate__(self, state): raise ImportError('gone')\no = Odd(); o.x = 1")
    (parcel,) = pack({"o": space["o"]}, namespace=space).parcels
    with pytest.raises(ValueRefused, match="value o .*ImportError: gone"):
        unpack([parcel], namespace={})


class Packed:
    """What a handle looks like to the payload."""

    def __init__(self, parcel, name):
        self.__isokernel_parcel = parcel, name

    @property
    def __isokernel_parcel__(self):
        return self.__isokernel_parcel


def test_a_handle_travels_unopened_and_arrives_opened():
    """Its bytes and descriptor are sent again as they are; two handles of one parcel are one value."""
    (parcel,) = pack({"m": np.ones(100_000)}, namespace={}).parcels
    space = {"a": [Packed(parcel, "m")], "b": {"k": Packed(parcel, "m")}}
    (outer,) = pack(space, namespace={}).parcels
    assert outer.wire()[2] == parcel.wire()[2]
    values = unpack([received(outer)], namespace={})
    assert values["a"][0] is values["b"]["k"]
    assert values["a"][0].sum() == 100_000


def test_deep_values_are_not_limited_by_recursion():
    """The size of a graph has nothing to do with Python's stack."""
    space = cell("deep = []\nfor _ in range(20_000): deep = [deep]")
    depth, value = 0, carried(space, "deep")["deep"]
    while value:
        depth, value = depth + 1, value[0]
    assert depth == 20_000


def test_what_nests_without_end_is_refused_without_a_search():
    """Each part of it makes more; the place where Python's stack ended would be a path of no use."""
    space = {"endless": MagicMock()}
    found = []
    assert calls(lambda: found.append(pack(space, namespace=space))) < 1_000_000
    (refusal,) = found[0].refusals
    assert (refusal.name, refusal.path) == ("endless", "")
    assert "without end" in refusal.reason


def test_a_class_that_comes_home_is_the_class_it_was():
    """Instances made elsewhere are instances here; their copy of the class replaces nothing."""
    space = cell("class Net:\n    def f(self): return 1\nn = Net()")
    (parcel,) = pack({"n": space["n"]}, namespace=space).parcels
    space["Net"].f = lambda self: 2
    home = unpack([parcel], namespace=space)["n"]
    assert type(home) is space["Net"]
    assert home.f() == 2


def test_source_and_class_cross_to_another_process():
    """inspect.getsource and tracebacks know the cell's lines, and hooks of the user don't run again."""
    make = (
        "import linecache\n"
        "text = 'class A:\\n    seen = []\\n    def __init_subclass__(cls): A.seen.append(cls.__name__)\\n'\n"
        "text += 'class B(A): pass\\n'\n"
        "linecache.cache['<cell 1>'] = (len(text), None, text.splitlines(True), '<cell 1>')\n"
        "exec(compile(text, '<cell 1>', 'exec'))\nb = B()\n"
    )
    space = cell(make)
    (parcel,) = pack({"b": space["b"]}, namespace=space).parcels
    facts, data, _ = parcel.wire()
    script = (
        "import sys, json, inspect; from isokernel.payload import Parcel, unpack\n"
        f"b = unpack([Parcel.from_wire(json.loads({json.dumps(facts)!r}), {data!r}, ())], namespace={{}})['b']\n"
        "A = type(b).__mro__[1]\n"
        "print(A.seen, inspect.getsource(A.__init_subclass__.__func__).strip())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['B'] def __init_subclass__(cls): A.seen.append(cls.__name__)"


def test_windows_on_one_array_stay_windows():
    """A write through one name is seen through the other; neighbours that don't overlap stay apart."""
    base = np.zeros((4, 3))
    values = carried({"view": base[1:3], "base": base}, "view", "base")
    values["view"][:] = 7
    assert values["base"][1].tolist() == [7, 7, 7]
    assert values["view"].base is values["base"]
    assert groups({"x": base[:2], "y": base[2:]}, "x", "y") == [("x",), ("y",)]


@pytest.mark.parametrize(
    "source",
    [
        "v = open('/dev/null')",
        "v = (i for i in [])",
        "from queue import *; v = SimpleQueue()",
        "from threading import *; v = Lock(); v.acquire()",
    ],
)
def test_what_belongs_to_one_process_is_refused_by_type(source):
    """Never silently something else."""
    space = cell(source)
    (refusal,) = pack({"v": space["v"]}, namespace=space).refusals
    assert refusal.type_name.rpartition(".")[2] == type(space["v"]).__name__
    getattr(space["v"], "close", bool)()


def test_a_value_refused_after_others_leaves_their_stream_sound():
    """What a failed value had already brought is not referred to by those that stay."""
    shared = [1]
    held = threading.Lock()
    held.acquire()
    values = {"a": [0], "bad": [shared, held], "c": [shared]}
    packing = pack(values, namespace={}, together=True)
    assert [refusal.name for refusal in packing.refusals] == ["bad"]
    assert unpack([received(parcel) for parcel in packing.parcels], namespace={}) == {"a": [0], "c": [[1]]}


def test_endless_values_are_refused():
    """A reducer that never ends costs a refusal, not the process."""
    space = cell("class Deep:\n    def __reduce__(self): return Deep, (Deep(),)\nd = Deep()")
    (refusal,) = pack({"d": space["d"]}, namespace=space).refusals
    assert "without end" in refusal.reason


def test_a_large_array_that_nobody_wrote_to_is_known_to_be_unchanged():
    """One element is enough to tell the difference; what is not from a mapping is in doubt."""
    import numpy as np

    from isokernel.payload import untouched

    arrived = unpack(pack({"a": np.ones(1_000_000)}, namespace={}).parcels, namespace={})["a"]
    assert untouched(arrived) and arrived.sum() == 1_000_000 and untouched(arrived)
    arrived[77] = 2
    assert not untouched(arrived)
    assert not untouched(np.ones(1_000_000)) and not untouched([1]) and untouched("text")


def test_what_is_not_to_be_opened_is_not_opened():
    """Not even a parcel of one name: a kernel that may import no framework relies on it."""
    (parcel,) = pack({"a": Tells()}, namespace={}).parcels
    Tells.opened = 0
    assert unpack([parcel], namespace={}, first=0) == {} and Tells.opened == 0
    unpack([parcel], namespace={})
    assert Tells.opened == 1


class Tells:
    """Counts how often one is opened."""

    opened = 0

    def __setstate__(self, state):
        Tells.opened += 1

    def __getstate__(self):
        return {"x": 1}


def test_code_crosses_with_its_file_its_names_and_its_lines():
    """Tracebacks, `inspect` and AutoGraph find its source by them; all that Python tells of a code object is the same."""

    def outer(a, b=1, /, *c, d, **e):
        x = 1

        class Inner:
            def method(self):
                return x, __class__

        try:
            return [y + x for y in c], lambda: (yield x), Inner
        except* ValueError:
            raise

    def codes(code):
        return [code, *(each for const in code.co_consts if isinstance(const, types.CodeType) for each in codes(const))]

    values = unpack(pack({"f": outer}, namespace={}).parcels, namespace={})
    sent, arrived = codes(outer.__code__), codes(values["f"].__code__)
    assert len(sent) == len(arrived) >= 4  # a comprehension has no code of its own in newer Pythons
    for before, after in zip(sent, arrived):
        assert after is not before and after == before
        for name in (name for name in dir(before) if name.startswith("co_") and name != "co_lnotab"):
            told, heard = getattr(before, name), getattr(after, name)
            assert (list(told()) == list(heard())) if callable(told) else (told == heard), name


def test_what_is_at_rest_crosses():
    """Locks that nobody holds, what is made of them, closed files, and databases are made anew as they stand."""
    space = cell("""
import threading
lock = threading.Lock()
parts = [lock, threading.RLock(), threading.Condition(lock), threading.Event(), threading.BoundedSemaphore(3)]
parts[3].set(); parts[4].acquire()
""")
    values = carried(space, "lock", "parts")
    lock, again, condition, event, semaphore = values["parts"]
    assert lock is values["lock"] is condition._lock
    assert (lock.acquire(blocking=False), again.acquire(blocking=False)) == (True, True)
    assert (event.is_set(), semaphore._value) == (True, 2)


def test_a_lock_that_is_held_is_refused():
    """By this thread, or by waiting for it; and an event that a thread looks at, which would miss what is told a copy."""
    again, condition, stop = threading.RLock(), threading.Condition(), threading.Event()
    again.acquire()
    assert "Release it" in str(pack({"x": again}, namespace={}).refusals[0])

    def wait():
        with condition:
            condition.wait()

    def look():
        while not stop.is_set():
            started.set()
            stop.wait(0)

    started = threading.Event()
    threads = [threading.Thread(target=wait, name="waiter"), threading.Thread(target=look, name="looker")]
    for thread in threads:
        thread.start()
    started.wait()
    while not condition._waiters:
        pass
    reasons = [str(pack({"x": each}, namespace={}).refusals[0]) for each in (condition, stop)]
    stop.set()
    with condition:
        condition.notify_all()
    for thread in threads:
        thread.join()
    assert "wait" in reasons[0]
    assert "looker" in reasons[1]


def test_a_closed_file_stays_closed(tmp_path):
    """What a with statement leaves behind; an open one is refused."""
    with (tmp_path / "a.txt").open("w") as text, (tmp_path / "b.bin").open("xb") as binary:
        assert "open file" in str(pack({"f": text}, namespace={}).refusals[0])
    values = carried({"t": text, "b": binary}, "t", "b")
    assert (values["t"].closed, values["t"].name, values["t"].mode) == (True, text.name, "w")
    assert (values["b"].closed, values["b"].name, type(values["b"])) == (True, binary.name, type(binary))


def test_a_database_is_opened_again(tmp_path):
    """By its path, or with what is in memory; not in the middle of a transaction."""
    file, memory, closed = sqlite3.connect(tmp_path / "a.db"), sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    closed.close()
    for connection in (file, memory):
        connection.execute("create table t (a)")
        connection.execute("insert into t values (3)")
        assert "commit()" in str(pack({"c": connection}, namespace={}).refusals[0])
        connection.commit()
    file.row_factory = sqlite3.Row
    values = carried({"file": file, "memory": memory, "closed": closed}, "file", "memory", "closed")
    assert values["file"].execute("select a from t").fetchone()["a"] == 3
    assert values["memory"].execute("select a from t").fetchone() == (3,)
    with pytest.raises(sqlite3.ProgrammingError):
        values["closed"].execute("select 1")
    for connection in (file, memory, values["file"], values["memory"]):
        connection.close()


def test_a_map_of_a_file_stays_one(tmp_path):
    """It, a window on it and a plain view of it all look at the file, and so does whoever maps it here."""
    mapped = np.memmap(tmp_path / "a", "f4", "w+", shape=(4, 3))
    mapped[:] = np.arange(12).reshape(4, 3)
    space = {"m": mapped, "window": mapped[1:, ::2], "plain": np.asarray(mapped)[3], "turned": mapped[::-1]}
    values = carried(space, *space)
    assert [type(values[name]).__name__ for name in space] == ["memmap", "memmap", "ndarray", "memmap"]
    assert [values[name].tolist() for name in space] == [space[name].tolist() for name in space]
    assert (values["m"].filename, values["m"].mode, values["m"].offset) == (mapped.filename, "w+", 0)
    values["window"][0, 0], values["plain"][0], values["turned"][0, 1] = -1, -2, -3
    assert np.fromfile(tmp_path / "a", "f4").tolist() == [0, 1, 2, -1, 4, 5, 6, 7, 8, -2, -3, 11]
    assert mapped[1, 0] == -1


def test_a_private_map_brings_its_changes(tmp_path):
    """Mode c keeps them from the file; a map for reading stays one; of a file that was replaced there are the values."""
    np.arange(6, dtype="i8").tofile(tmp_path / "a")
    private, reading = np.memmap(tmp_path / "a", "i8", "c"), np.memmap(tmp_path / "a", "i8", "r", offset=16)
    private[0] = 9
    values = carried({"p": private, "r": reading}, "p", "r")
    assert (values["p"].tolist(), values["p"].mode) == ([9, 1, 2, 3, 4, 5], "c")
    assert (values["r"].tolist(), values["r"].flags.writeable) == ([2, 3, 4, 5], False)
    (tmp_path / "a").unlink()
    np.zeros(6, "i8").tofile(tmp_path / "a")
    assert carried({"r": reading}, "r")["r"].tolist() == [2, 3, 4, 5]


def test_a_file_of_hdf5_is_opened_again(tmp_path):
    """For reading; its parts are parts of the same file; closed ones stay closed, and one that is written is refused."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as closed:
        closed["x"] = range(3)
        assert "open for writing" in str(pack({"f": closed}, namespace={}).refusals[0])
    with h5py.File(tmp_path / "a.h5", "r") as file:
        values = carried({"x": file["x"], "f": file, "closed": closed}, "x", "f", "closed")
        assert values["x"][:].tolist() == [0, 1, 2]
        assert not values["closed"]
    values["f"].close()
    assert not values["x"]


def test_a_function_inside_a_value_keeps_what_a_class_in_it_reads():
    """The body of a class looks its names up otherwise than a function does."""
    space = cell(
        "rate = 3\ndef f():\n class A:\n  own = 1; x = rate + own\n  def g(self): return rate\n return A.x + A().g()\n"
        "class B: pass\nb = B(); b.f = f"
    )
    assert carried(space, "b", into={})["b"].f() == 7
    assert reads(space["f"].__code__) == ("rate",)


def test_a_function_inside_a_value_takes_along_the_submodules_that_it_reads(monkeypatch):
    """``import a.b`` binds a, of which another process may not have imported b."""
    space = cell("import xml.dom.minidom\ndef f(): return xml.dom.minidom.parseString\nclass B: pass\nb = B(); b.f = f")
    packing = pack({"b": space["b"]}, namespace=space)
    for name in ("xml.dom.minidom", "xml.dom.pulldom"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    unpack(packing.parcels, namespace={})
    assert "xml.dom.minidom" in sys.modules
    assert "xml.dom.pulldom" not in sys.modules


@pytest.mark.parametrize("kind", [type(None), type(...), types.FunctionType, types.CellType, types.MethodType])
def test_types_that_only_the_interpreter_has_are_themselves(kind):
    """They say they are builtins, and aren't there."""
    assert carried({"kind": [kind]}, "kind", into={})["kind"][0] is kind


def test_a_dict_that_is_an_instance_s_own_stays_it():
    """``config = vars(args)``: what is set on one is read from the other."""
    space = cell(
        "import argparse\nargs = argparse.Namespace(rate=1)\nconfig = vars(args)\nalone = argparse.Namespace(rate=2)"
    )
    found = carried(space, "config", "args", "alone")
    found["args"].rate = 3
    assert found["config"] == {"rate": 3} and found["alone"].rate == 2
