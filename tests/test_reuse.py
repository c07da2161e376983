"""What is packed already and unchanged is not packed again, and what changed always is."""

from __future__ import annotations

import gc

import numpy as np
import pandas as pd
import pytest

from isokernel.handles import Handle
from isokernel.payload import atoms_watch, pack, stream_watch, unpack
from isokernel.reuse import MANY, Reuse


def words() -> list[str]:
    return [f"word {i}" for i in range(MANY)]


def frame() -> pd.DataFrame:
    return pd.DataFrame({"word": pd.Series(words(), dtype=object), "n": np.arange(MANY)})


def rename(table: pd.DataFrame) -> None:
    table.index.name = "row"


CHANGES = {
    "list item": (words, lambda v: v.__setitem__(7, "other")),
    "list item, equal to what was there": (lambda: [1, 2], lambda v: v.__setitem__(0, True)),
    "list longer": (words, lambda v: v.append("one more")),
    "list order": (words, lambda v: v.reverse()),
    "set": (lambda: set(words()), lambda v: v.add("one more")),
    "dict value": (lambda: dict.fromkeys(words(), 1.5), lambda v: v.update({"word 3": 2})),
    "dict order": (lambda: dict.fromkeys(words(), 1.5), lambda v: v.update({"word 3": v.pop("word 3")})),
    "objects": (lambda: np.array(words(), object), lambda v: v.__setitem__(-1, None)),
    "objects, every second": (lambda: np.array(words(), object)[::2], lambda v: v.__setitem__(3, 3)),
    "objects, shape": (lambda: np.array(words(), object), lambda v: v.resize((2, 5000), refcheck=False)),
    "frame cell": (frame, lambda v: v.__setitem__("word", v["word"].where(v.index != 5, "other"))),
    "frame cell in place": (frame, lambda v: v.iloc.__setitem__((5, 0), "other")),
    "frame number": (frame, lambda v: v.loc.__setitem__((5, "n"), -1)),
    "frame column": (frame, lambda v: v.insert(0, "new", 0)),
    "frame labels": (frame, lambda v: setattr(v, "columns", ["a", "b"])),
    "frame label's name": (frame, rename),
    "frame attributes": (frame, lambda v: v.attrs.update(source="here")),
    "series": (lambda: frame()["word"].copy(), lambda v: v.iloc.__setitem__(0, "other")),
}


@pytest.mark.parametrize(("make", "change"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("watch", [atoms_watch, lambda value: stream_watch(value, {})], ids=["atoms", "stream"])
def test_a_change_is_seen(watch, make, change):
    """By its atoms or by its stream; and what wasn't changed is known to be the same, as often as it is asked."""
    value = make()
    unchanged = watch(value)
    assert unchanged()
    assert unchanged()
    change(value)
    assert not unchanged()


@pytest.mark.parametrize(
    "value", [[[]], {"a": []}, np.arange(3), object(), pd.DataFrame({"a": [object()]}, dtype=object)]
)
def test_what_holds_more_than_atoms_has_no_such_watch(value):
    """An inner list can change without the outer one noticing."""
    assert atoms_watch(value) is None


def test_a_large_array_is_watched_by_its_pages_or_not_at_all():
    """One that arrived is known by pages nobody wrote to; a gigabyte on the heap is not hashed."""
    (parcel,) = pack({"a": np.ones(20 << 20)}, namespace={}).parcels
    arrived = unpack([parcel], namespace={})["a"]
    unchanged = stream_watch({"a": arrived}, {})
    assert unchanged()
    arrived[100_000] = 5
    assert not unchanged()
    assert stream_watch(np.ones(20 << 20), {}) is None


def test_a_container_is_packed_once_and_again_when_it_changed():
    """Also when it goes by another name, and inside another value."""
    reuse, value = Reuse(), words()
    first, _ = reuse.pack({"v": value}, {})
    second, _ = reuse.pack({"w": value, "inside": {"deep": [value]}}, {})
    assert second.parcels[0].inner[0] is first.parcels[0].inner[0]
    arrived = unpack(second.parcels, namespace={})
    assert arrived["w"] == value
    assert arrived["inside"]["deep"][0] is arrived["w"]
    value[0] = "other"
    third, _ = reuse.pack({"v": value}, {})
    assert unpack(third.parcels, namespace={})["v"] == value


def test_it_is_dropped_when_the_notebook_drops_it():
    """Packed bytes that nobody can ask for again are memory lost."""
    reuse, value = Reuse(), words()
    reuse.pack({"v": value}, {})
    reuse.prune({"v": value})
    assert reuse._kept
    reuse.prune({"v": list(value)})
    assert not reuse._kept


def test_an_opened_result_goes_back_as_part_of_what_stays_packed():
    """The parcel's other values find the very same list; a changed one goes apart, and is named."""
    reuse, log = Reuse(), []
    (parcel,) = pack({"log": log, "model": {"log": log}}, namespace={}).parcels
    opened = unpack([parcel], namespace={}, first=1)
    reuse.opened(parcel, opened, {})
    values = {"model": Handle(parcel, "model", "r1"), "log": opened["log"]}
    packing, apart = reuse.pack(values, {})
    back = unpack(packing.parcels, namespace={})
    assert back["model"]["log"] is back["log"]
    assert apart == []
    opened["log"].append("here")
    packing, apart = reuse.pack(values, {})
    back = unpack(packing.parcels, namespace={})
    assert (back["log"], back["model"]["log"], apart) == (["here"], [], ["log"])
    del packing, values, parcel, back
    gc.collect()
    reuse.prune({})
    assert not reuse._opened


def test_opened_arrays_of_one_name_from_two_runs():
    """Neither is taken for the other, and a change is told only of what goes in."""
    reuse, handles, arrays = Reuse(), [], []
    for _ in range(2):
        shared = np.arange(3)
        (parcel,) = pack({"a": shared, "m": [shared]}, namespace={}).parcels
        arrays.append(unpack([parcel], namespace={}, first=1)["a"])
        reuse.opened(parcel, {"a": arrays[-1]}, {})
        handles.append(Handle(parcel, "m", "r1"))
    arrays[0][0] = 5
    values = {"m": handles[0], "n": handles[1], "b": arrays[1]}
    packing, apart = reuse.pack(values, {})
    back = unpack(packing.parcels, namespace={})
    assert back["n"][0] is back["b"]
    assert apart == []
    assert reuse.pack({**values, "a": arrays[0]}, {})[1] == ["a"]


@pytest.mark.tensorflow
def test_a_list_shared_with_a_packed_model_stays_shared(tf_kernel):
    """Over three cells, and where it was changed in the notebook the cell is told so."""
    make = "import keras\nlog = []\nmodel = keras.Sequential()\nmodel.log_of = lambda: log\nmodel.kept = [log]"
    assert tf_kernel.run(f"%%isolated -o log,model\n{make}").ok
    use = "%%isolated -i log,model -o log,model\nlog.append(len(log))\nprint(model.log_of() is log, log)"
    assert tf_kernel.run(use).text() == "True [0]\n"
    assert tf_kernel.run(use).text() == "True [0, 1]\n"
    tf_kernel.run("log.append('here')")
    told = tf_kernel.run("%%isolated -i log,model\nprint(model.log_of() is log)")
    assert told.text() == "False\n"
    assert "log changed here since the run that made it" in told.text("stderr")


def test_a_change_in_the_notebook_reaches_the_next_run(kernel):
    """However the container got there before."""
    kernel.run("many = [str(i) for i in range(20_000)]")
    count = "%%isolated -i many -o n\nn = len(many), many[-1]"
    for change, expected in (
        ("pass", [20_000, "19999"]),
        ("many.append('x')", [20_001, "x"]),
        ("many = many[:5]", [5, "4"]),
    ):
        kernel.run(change)
        for _ in range(2):
            assert kernel.run(count).ok
            assert kernel.value("n") == expected
