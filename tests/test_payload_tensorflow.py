"""Contract: a TensorFlow object that crossed behaves as it did, with what it shared, or is refused with a reason."""

import subprocess
import sys

import numpy as np
import pytest

from isokernel.payload import pack, unpack

tf = pytest.importorskip("tensorflow")
carrying = pytest.importorskip("isokernel.payload.tensorflow")

pytestmark = pytest.mark.tensorflow

DTYPES = (
    "float16", "float32", "float64", "bfloat16", "float8_e5m2", "float8_e4m3fn", "int4", "uint4", "int8", "uint8",
    "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool", "complex64", "complex128",
)  # fmt: skip


def carried(**values):
    """The values, packed and opened again, in a dict."""
    packing = pack(values, namespace={})
    assert packing.refusals == ()
    return unpack(packing.parcels, namespace={})


def refusal(**values):
    """The one refusal, as text."""
    (error,) = pack(values, namespace={}).refusals
    return str(error)


def elements(dataset):
    return [element.numpy().tolist() for element in dataset]


@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_keep_dtype_and_bits(dtype):
    """Also those that numpy alone has no name for."""
    tensor = tf.constant(np.array([[0, 1], [2, 3]]).astype(tf.as_dtype(dtype).as_numpy_dtype))
    there = carried(t=tensor)["t"]
    assert there.dtype == tensor.dtype
    assert there.numpy().tobytes() == tensor.numpy().tobytes()


@pytest.mark.parametrize("value", [[[b"a\x00", "é".encode()], [b"", b"\xff\x00"]], b"word", []])
def test_string_tensors_keep_their_bytes(value):
    """NUL bytes at the end are part of a string."""
    tensor = tf.constant(value, tf.string)
    there = carried(t=tensor)["t"]
    assert there.shape == tensor.shape
    assert there.numpy().tolist() == tensor.numpy().tolist() if tensor.shape.rank else there.numpy() == value


def test_a_tensor_keeps_nothing_of_the_memory_it_came_in():
    """Writing to an array beside a tensor does not change the tensor."""
    array = np.ones(100_000, "f4")
    values = carried(array=array, tensor=tf.constant(array))
    values["array"][:] = 5
    assert float(tf.reduce_max(values["tensor"])) == 1


def test_a_variable_keeps_its_name_shape_and_flags():
    """And stays the one variable for all who hold it."""
    variable = tf.Variable(
        [[1, 2]], shape=[None, 2], name="a/grow", trainable=False, aggregation=tf.VariableAggregation.MEAN
    )
    values = carried(v=variable, group=[variable])
    there = values["v"]
    assert values["group"][0] is there
    assert (there.name, there.trainable, there.shape.as_list()) == ("a/grow:0", False, [None, 2])
    assert there.aggregation == tf.VariableAggregation.MEAN
    there.assign([[1, 2], [3, 4]])
    assert variable.numpy().tolist() == [[1, 2]]


def test_ragged_sparse_and_extension_types_cross():
    """Composites by their type and the tensors in them."""
    ragged, sparse = tf.ragged.constant([[[1], []], []]), tf.sparse.from_dense([[0, 1]])
    values = carried(r=ragged, s=sparse, i=tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0])))
    assert values["r"].to_list() == ragged.to_list()
    assert tf.sparse.to_dense(values["s"]).numpy().tolist() == [[0, 1]]
    assert values["i"].indices.numpy().tolist() == [0]


def test_a_mapped_dataset_maps_with_the_variable_that_crossed_beside_it():
    """Not with a copy of what it held: a later change is seen."""
    weight = tf.Variable(2, dtype=tf.int64)
    values = carried(w=weight, d=tf.data.Dataset.range(3).map(lambda x: x * weight))
    values["w"].assign(5)
    assert elements(values["d"]) == [0, 5, 10]


def test_resources_of_a_dataset_inside_a_dataset_are_found():
    """A flat_map over a captured dataset that itself maps a table."""
    table = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, -1)
    inner = tf.data.Dataset.range(2).map(table.lookup)
    values = carried(t=table, d=tf.data.Dataset.range(2).flat_map(lambda _: inner))
    values["t"].insert(tf.constant([1], tf.int64), tf.constant([7], tf.int64))
    assert elements(values["d"]) == [-1, 7, -1, 7]


def test_large_arrays_of_a_dataset_travel_beside_its_graph():
    """The graph is not their place: it may not exceed 2 GiB, and would be copied many times."""
    array = np.random.default_rng(0).random((100_000, 2))
    (parcel,) = pack({"d": tf.data.Dataset.from_tensor_slices(array).batch(100_000)}, namespace={}).parcels
    assert parcel._length < 10_000 < array.nbytes <= parcel.nbytes
    (batch,) = unpack([parcel], namespace={})["d"]
    np.testing.assert_array_equal(batch, array)


def test_functions_of_two_processes_do_not_meet_under_one_name():
    """Two datasets whose functions TensorFlow named alike are opened in one process."""
    parcels = []
    for factor in (2, 3):
        dataset = tf.data.Dataset.range(3).map(lambda x, factor=factor: x * factor)
        parcels += pack({f"d{factor}": dataset}, namespace={}).parcels
    values = unpack(parcels + parcels[:1], namespace={})
    assert elements(values["d2"]) == [0, 2, 4]
    assert elements(values["d3"]) == [0, 3, 6]


def test_attributes_set_on_a_dataset_cross():
    """As class_names, which Keras sets on a dataset of images."""
    dataset = tf.data.Dataset.range(2).batch(2)
    dataset.class_names = ["a", "b"]
    assert carried(d=dataset)["d"].class_names == ["a", "b"]


def test_a_split_that_was_drawn_at_random_is_refused(monkeypatch):
    """Another draw over there would mix training and validation data without a word."""
    from tensorflow.python.eager import context

    monkeypatch.setattr(context.context(), "_seed", None)  # another test's global seed would make it drawn by seed
    dataset = tf.data.Dataset.range(10).shuffle(10, reshuffle_each_iteration=False)
    assert "Give shuffle a seed" in refusal(train=dataset.take(5))
    seeded = tf.data.Dataset.range(10).shuffle(10, seed=1, reshuffle_each_iteration=False)
    assert elements(carried(d=seeded)["d"]) == elements(seeded)


def test_python_code_that_is_gone_is_refused():
    """The graph knows it by a number of this process, under which nothing is left."""
    from tensorflow.python.ops import script_ops

    dataset = tf.data.Dataset.range(2).map(lambda x: tf.numpy_function(lambda a: a, [x], tf.int64))
    script_ops._py_funcs._funcs.clear()
    assert "gone from this process" in refusal(d=dataset)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (tf.GradientTape, "recording"),
        (lambda: tf.queue.FIFOQueue(1, tf.int32), "queue"),
        (lambda: iter(tf.data.Dataset.range(2)), "Iterator"),
        (lambda: tf.data.Dataset.range(2).as_numpy_iterator(), "Iterator"),
        (tf.Graph, "graph"),
    ],
)
def test_what_lives_in_one_runtime_is_refused(make, word):
    """With what to carry in its place."""
    message = refusal(value=make())
    assert word in message
    assert "arry" in message


def test_a_symbolic_tensor_is_refused_by_its_place():
    """It leaked out of a tf.function."""
    leaked = []
    tf.function(leaked.append)(tf.constant(1.0))
    assert "leaked[0]" in refusal(leaked=leaked)


def test_a_table_needs_its_file_no_more(tmp_path):
    """What was in the file is in the table."""
    path = tmp_path / "words.txt"
    path.write_text("cat\ndog\n")
    whole, line = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    initializer = tf.lookup.TextFileInitializer(str(path), tf.string, whole, tf.int64, line)
    table = tf.lookup.StaticVocabularyTable(initializer, 1)
    path.unlink()
    there = carried(t=table)["t"]
    assert there.lookup(tf.constant(["dog", "cow"])).numpy().tolist() == [1, 2]


def test_a_tf_function_is_traced_again_with_its_options():
    """The Python function crosses, with its closure and its defaults."""
    factor = tf.Variable(3.0)

    @tf.function(autograph=False, reduce_retracing=True)
    def scale(x, power=1.0, *, extra=2.0):
        return x * factor * power * extra

    scale(tf.constant(1.0))
    values = carried(scale=scale, factor=factor)
    values["factor"].assign(5.0)
    assert float(values["scale"](tf.constant(1.0))) == 10.0
    assert float(values["scale"](tf.constant(1.0), extra=1.0)) == 5.0
    assert values["scale"]._autograph is False


def test_a_method_that_is_a_tf_function_stays_its_instances():
    """Taken from an instance it is bound to that instance, and is the one the instance gives."""
    space = {"tf": tf, "__name__": "__main__"}
    exec("class Count:\n n = 0\n @tf.function\n def up(self, x): self.n += 1; return x + self.n", space)
    value = space["Count"]()
    values = carried(value=value, up=value.up)
    assert values["up"] is values["value"].up
    assert float(values["up"](tf.constant(1.0))) == 2.0
    assert (values["value"].n, value.n) == (1, 0)


@pytest.mark.filterwarnings("ignore:.*unexpected keyword argument '___pyct_anno':DeprecationWarning")  # AutoGraph's own
def test_a_concrete_function_uses_what_crossed_beside_it():
    """Variables and tables by identity, loops, branches and gradients by graph."""
    weight, inner = tf.Variable(2.0), tf.function(lambda x: x * 2)

    @tf.function
    def grow(x, scale=3.0):
        for _ in tf.range(2):
            x = inner(x) if x < 100.0 else x
        return {"y": x * weight * scale}

    concrete = grow.get_concrete_function(tf.TensorSpec([], tf.float32))
    values = carried(f=concrete, w=weight)
    values["w"].assign(1.0)
    assert values["f"].variables[0] is values["w"]
    with tf.GradientTape() as tape:
        y = values["f"](tf.constant(1.0))["y"]
    assert (float(y), float(tape.gradient(y, values["w"]))) == (12.0, 12.0)


def test_a_concrete_function_with_a_gradient_in_python_is_refused():
    """Its graph names the gradient by a number of this process, which may mean another one over there."""

    @tf.custom_gradient
    def clip(x):
        return x * x, lambda dy: dy * 0.5

    concrete = tf.function(clip).get_concrete_function(tf.TensorSpec([], tf.float32))
    assert "custom_gradient" in refusal(f=concrete)


def test_a_loaded_saved_model_needs_its_folder_no_more(tmp_path):
    """Its functions use its variables as they are now."""
    module = tf.Module()
    module.v = tf.Variable(2.0)
    module.run = tf.function(lambda x: x * module.v, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "m"), signatures=module.run)
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    loaded.v.assign(10.0)
    (tmp_path / "m").rename(tmp_path / "gone")
    there = carried(m=loaded)["m"]
    assert there.run(tf.constant([1.0])).numpy().tolist() == [10.0]
    there.v.assign(3.0)
    assert there.run(tf.constant([1.0])).numpy().tolist() == [3.0]
    assert list(there.signatures) == ["serving_default"]


def test_a_module_whose_lists_lead_back_to_it_crosses():
    """TensorFlow wraps its lists and dicts; they keep what they hold and who they are."""
    module = tf.Module(name="m")
    module.parts = [tf.Variable(1.0), {"self": module}]
    module.pair = (module.parts, 3)
    there = carried(m=module)["m"]
    assert there.parts[1]["self"] is there
    assert there.pair[0] is there.parts
    there.parts.append(tf.Variable(2.0))
    assert len(there.trainable_variables) == 2


def test_a_checkpoint_goes_on_counting(tmp_path):
    """It restores into the variables that crossed with it."""
    variable = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(v=variable)
    path = checkpoint.save(str(tmp_path / "c"))
    variable.assign(9.0)
    values = carried(c=checkpoint, v=variable)
    values["c"].restore(path).assert_consumed()
    assert float(values["v"]) == 1.0
    assert values["c"].save(str(tmp_path / "c")).endswith("c-2")


def test_errors_keep_message_and_code():
    """TensorFlow's exceptions set them in a constructor of their own."""
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.reshape(tf.range(3), (2, 2))
    there = carried(e=caught.value)["e"]
    assert (there.message, there.error_code) == (caught.value.message, 3)
    assert there.__traceback__ is not None


def test_summaries_say_shape_and_length():
    """Before anything is opened."""
    dataset = tf.data.Dataset.range(4).batch(2)
    (first, second) = pack({"t": tf.zeros((2, 3)), "d": dataset}, namespace={}).parcels
    assert first.summaries["t"].text == "shape (2, 3), float32"
    assert second.summaries["d"].text.endswith("2 elements")


def test_a_table_of_a_loaded_saved_model_crosses_with_its_contents(tmp_path):
    """Its file was in the folder, which is gone."""
    (tmp_path / "words.txt").write_text("cat\ndog\n")
    whole, line = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    words = tf.lookup.TextFileInitializer(str(tmp_path / "words.txt"), tf.string, whole, tf.int64, line)
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(words, -1)
    module.find = tf.function(module.table.lookup, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path / "m"))
    loaded = tf.saved_model.load(str(tmp_path / "m"))
    (tmp_path / "m").rename(tmp_path / "gone")
    assert carried(m=loaded)["m"].find(tf.constant(["dog", "cow"])).numpy().tolist() == [1, -1]


ORDERS = """
import tensorflow as tf
tf.random.set_seed(1)
ds = tf.data.Dataset.range(8).shuffle(8, seed=1)
train = ds.batch(3).prefetch(1)
"""
DRAWS = """
import tensorflow as tf
tf.random.set_seed(1)
@tf.function
def f():
    x = tf.random.uniform((), seed=5)
    for _ in tf.range(2): x += tf.random.normal((), seed=6)
    return x, tf.random.uniform((), 0, 99, tf.int32)
"""
EAGER = (
    "tf.random.uniform((2,), seed=3)", "tf.random.normal((2,), seed=3)", "tf.random.truncated_normal((2,), seed=3)",
    "tf.random.uniform((2,), 0, 99, tf.int32, seed=3)", "tf.random.shuffle(tf.range(9), seed=3)",
    "tf.random.shuffle(tf.constant(['a', 'b', 'c', 'd']), seed=3)", "tf.random.gamma((2,), 1.5, seed=3)",
    "tf.random.poisson((2,), 9., seed=3)", "tf.random.categorical(tf.zeros((2, 9)), 4, seed=3)",
)  # fmt: skip


def shown(reply):
    assert reply.ok, reply.error
    return reply.text("stdout").strip()


def one_process(*cells):
    """What the last of these prints, in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", "\n".join(cells)], capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()


def test_seeded_operations_count_on_in_the_next_cell(tf_kernel):
    """As in one process, however much was drawn; set_seed starts them anew."""
    text = "print([" + ", ".join(f"{each}.numpy().tolist()" for each in EAGER) + "])"
    cells = ["import tensorflow as tf; tf.random.set_seed(1)", text, text, f"tf.random.set_seed(1); {text}"]
    assert [shown(tf_kernel.run(cell)) for cell in cells][1:] == one_process(*cells)


def test_functions_that_draw_count_on_in_the_next_cell(tf_kernel, tmp_path):
    """Loops and all: their counters are variables."""
    look = "print([each.numpy().item() for each in f()])"
    cells = [DRAWS, look, look, f"tf.random.set_seed(1); {look}"]
    (tmp_path / "cells.py").write_text("\n".join(cells))  # autograph wants a source
    found = [shown(tf_kernel.run(cell)) for cell in cells][1:]
    done = subprocess.run([sys.executable, tmp_path / "cells.py"], capture_output=True, text=True, check=True)
    assert found == done.stdout.strip().splitlines()


def test_a_shuffle_goes_on_to_the_next_order(tf_kernel):
    """Also where a dataset made from it was iterated, and where an iterator is half-way."""
    cells = [
        ORDERS,
        "print([b.numpy().tolist() for b in train])",
        "print(ds.element_spec.name, [int(x) for x in ds])",
        "it = iter(train); print(next(it).numpy().tolist())",
        "print(next(it).numpy().tolist())",
        "print(next(it).numpy().tolist(), next(it, None), [int(x) for x in ds])",
        "print([b.numpy().tolist() for b in train])",
    ]
    assert [shown(tf_kernel.run(cell)) for cell in cells][1:] == one_process(*cells)
