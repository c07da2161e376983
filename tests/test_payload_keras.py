"""Contract: a Keras object that crossed behaves to the last bit as if it had never moved."""

import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from isokernel.payload import Parcel, pack, unpack

carrying = pytest.importorskip("isokernel.payload.keras")

pytestmark = pytest.mark.tensorflow

COMMON = """
import keras, numpy as np
import tensorflow as tf
L = keras.layers
X = np.random.default_rng(0).normal(size=(16, 4)).astype("f4")
y = X.sum(1, keepdims=True)

def go_on(model):
    history = model.fit(X, y, epochs=2, batch_size=4, shuffle=False, verbose=0).history
    return history, model.get_weights(), [v.numpy() for v in model.optimizer.variables]
"""

MODELS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = [L.Dense(8, "tanh"), {"norm": L.BatchNormalization(), "drop": L.Dropout(0.3)}]
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        self.head = L.Dense(1)

    def call(self, x, training=False):
        x = self.blocks[1]["norm"](self.blocks[0](x), training=training)
        return self.head(self.blocks[1]["drop"](x, training=training)) * self.scale

def build(kind):
    keras.utils.set_random_seed(7)
    if kind == "sequential":
        model = keras.Sequential([L.Dense(8, "relu"), L.BatchNormalization(), L.Dropout(0.4), L.Dense(1)])
    elif kind == "functional":
        x = i = keras.Input((4,))
        shared = L.Dense(4, kernel_regularizer="l2")
        x = L.Dropout(0.2)(L.BatchNormalization()(L.Add()([shared(x), shared(x * 2)])))
        model = keras.Model(i, L.Dense(1)(x))
    else:
        model = Net()
    model.compile(keras.optimizers.Adam(0.01, clipnorm=1.0), "mse", metrics=["mae"])
    model.fit(X, y, batch_size=4, shuffle=False, verbose=0)
    return model

models = {kind: build(kind) for kind in KINDS}
stayed = {kind: go_on(build(kind)) for kind in KINDS}
"""

CHILD = """
import json, pickle, sys
from isokernel.payload import Parcel, unpack
facts, data, fds, common = pickle.load(sys.stdin.buffer)
space = {"__name__": "__main__"}
(values,) = unpack([Parcel.from_wire(facts, data, fds)], namespace=space).values()
exec(common, space)
pickle.dump({kind: space["go_on"](model) for kind, model in values.items()}, sys.stdout.buffer)
"""

KINDS = ("sequential", "functional", "subclassed")


def cell(source, **given):
    """A namespace in which `source` ran as a notebook's cell, after the common imports."""
    space = {"__name__": "__main__", **given}
    exec(COMMON, space)
    exec(source, space)
    return space


def carried(**values):
    """The values, packed and opened again in this process, in a dict."""
    packing = pack(values, namespace={})
    assert packing.refusals == ()
    return unpack(packing.parcels, namespace={})


def refusal(**values):
    """The one refusal, as text."""
    (error,) = pack(values, namespace={}).refusals
    return str(error)


@pytest.fixture(scope="module")
def trained():
    """What training gives that stayed, and what it gives in another process."""
    space = cell(MODELS, KINDS=KINDS)
    packing = pack({"models": space["models"]}, namespace={})
    assert packing.refusals == ()
    facts, data, fds = packing.parcels[0].wire()
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=pickle.dumps((json.loads(json.dumps(facts)), data, fds, COMMON)),
        stdout=subprocess.PIPE,
        pass_fds=fds,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
    )
    return space["stayed"], pickle.loads(done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_training_goes_on_in_another_process_as_if_it_had_never_moved(trained, kind):
    """Histories, weights and the optimizer's slots are equal to the last bit, dropout and moving averages included."""
    stayed, moved = (each[kind] for each in trained)
    assert moved[0] == stayed[0]
    for there, here in zip(moved[1] + moved[2], stayed[1] + stayed[2], strict=True):
        np.testing.assert_array_equal(there, here)


def test_an_optimizer_beside_its_model_is_the_models():
    """Slots are found under the numbers that the variables have here."""
    space = cell("m = keras.Sequential([keras.Input((4,)), L.Dense(1)]); m.compile('adam', 'mse'); o = m.optimizer")
    space["go_on"](space["m"])
    values = carried(m=space["m"], o=space["o"])
    assert values["m"].optimizer is values["o"]
    assert values["o"]._get_variable_index(values["m"].trainable_variables[1]) == 1


def test_a_layer_is_carried_without_what_it_was_used_for_later():
    """A lock in a model built on top of it is no concern of the base."""
    space = cell("""
import threading
class Locked(L.Layer):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()
        self.lock.acquire()
    def call(self, x):
        return x
i = keras.Input((4,))
base = keras.Model(i, L.Dense(2)(i))
top = keras.Model(i, Locked()(base(i)))
beside = keras.Model(i, Locked()(base.output))
""")
    assert "top.<" not in refusal(top=space["top"])
    base = carried(base=space["base"])["base"]
    np.testing.assert_array_equal(base(space["X"]), space["base"](space["X"]))
    head = space["keras"].Model(base.input, space["L"].Dense(1)(base.output))
    assert head.layers[-1]._inbound_nodes[0] in head.layers[-2]._outbound_nodes


def test_a_lock_in_a_model_is_refused_by_its_path():
    """The attribute is named, however deep it is."""
    space = cell("""
import threading
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = {"guard": threading.Lock()}
        self.parts["guard"].acquire()
net = Net()
""")
    assert "net.parts['guard']" in refusal(net=space["net"])


def test_losses_of_a_trace_that_is_over_are_left_behind():
    """add_loss inside fit leaves a symbolic tensor in the layer; nobody can evaluate it, and the model crosses."""
    space = cell("""
class Extra(L.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x ** 2))
        return x
m = keras.Sequential([keras.Input((4,)), Extra(), L.Dense(1)])
m.compile("sgd", "mse")
go_on(m)
""")
    model = carried(m=space["m"])["m"]
    assert model.layers[0]._losses == []
    model(space["X"])
    assert len(model.losses) == 1


def test_a_name_that_arrives_is_not_given_again():
    """The counter of a carried name is raised past it; counters of other names stay where they are."""
    from keras.src.utils import naming

    space = cell("layer = L.Dense(1, name='dense_41')")
    packing = pack({"layer": space["layer"]}, namespace={})
    naming.reset_uids()
    unpack(packing.parcels, namespace={})
    assert space["L"].Dense(1).name == "dense_42"
    assert space["L"].Conv2D(1, 1).name == "conv2d"


def test_counters_are_raised_never_lowered():
    """A receiver may go on naming where the sender stopped."""
    before = carrying.counters()
    carrying.raise_counters({"some_prefix": 3})
    carrying.raise_counters({"some_prefix": 2})
    assert carrying.counters() == {**before, "some_prefix": 3}


def test_a_registered_class_is_registered_where_it_arrives():
    """So a model that crossed can be saved and loaded there."""
    from keras.src.saving import object_registration as table

    space = cell("""
@keras.saving.register_keras_serializable(package="nb")
class Scale(L.Layer):
    pass
""")
    packing = pack({"Scale": space["Scale"]}, namespace={})
    table.GLOBAL_CUSTOM_NAMES.pop(table.GLOBAL_CUSTOM_OBJECTS.pop("nb>Scale"))
    scale = unpack(packing.parcels, namespace={})["Scale"]
    assert space["keras"].saving.get_registered_object("nb>Scale") is scale


def test_a_class_that_says_what_to_leave_out_is_taken_at_its_word():
    """__getstate__ of the user's decides, and the layer still works."""
    space = cell("""
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = L.Dense(1)
        self.cache = object()
    def call(self, x):
        return self.d(x)
    def __getstate__(self):
        return {**self.__dict__, "cache": None}
net = Net()
net(X)
""")
    net = carried(net=space["net"])["net"]
    assert net.cache is None
    np.testing.assert_array_equal(net(space["X"]), space["net"](space["X"]))


def test_a_model_of_many_layers_is_no_deeper_than_one_of_few():
    """The graph is listed in its order; 400 calls in a row need no deep stack."""
    space = cell("x = i = keras.Input((4,))\nfor _ in range(400): x = x + 1.0\nm = keras.Model(i, x)")
    limit = sys.getrecursionlimit()
    assert len(carried(m=space["m"])["m"].operations) == 401
    assert sys.getrecursionlimit() == limit


def test_a_summary_says_what_a_reader_asks():
    """Layers and parameters, before anything is opened."""
    space = cell("m = keras.Sequential([keras.Input((4,)), L.Dense(8), L.Dense(1)])")
    (parcel,) = pack({"m": space["m"]}, namespace={}).parcels
    assert parcel.summaries["m"].text == "Sequential, 2 layers, 49 parameters"


def test_a_parcel_is_itself_again_after_the_wire():
    """What the other process is sent is enough."""
    space = cell("layer = L.Dense(2); layer(X)")
    (parcel,) = pack({"layer": space["layer"]}, namespace={}).parcels
    facts, data, fds = parcel.wire()
    again = Parcel.from_wire(facts, data, tuple(map(os.dup, fds)))
    layer = unpack([again], namespace={})["layer"]
    np.testing.assert_array_equal(layer(space["X"]), space["layer"](space["X"]))


def test_containers_of_a_layer_keep_their_kind_order_and_watch():
    """Lists, dicts, ordered dicts and sets, and what is put into them later is tracked."""
    space = cell("""
from collections import OrderedDict
layer = L.Layer()
layer.ordered = OrderedDict(b=L.Dense(1), a=L.Dense(2))
layer.ordered.move_to_end("b")
layer.parts = {"x": [L.Dense(3)], "y": {1, 2}}
""")
    layer = carried(layer=space["layer"])["layer"]
    assert list(layer.ordered) == ["a", "b"]
    assert layer.parts["y"] == {1, 2}
    added = space["L"].Dense(4)
    layer.ordered["c"] = added
    assert added in layer._layers
    assert len(layer._layers) == 4


def test_an_iterator_over_images_deals_on():
    """In the order, and from the batch, where it stood; one that has not begun begins."""
    space = cell("""
from keras.src.legacy.preprocessing.image import ImageDataGenerator
fresh = ImageDataGenerator().flow(np.arange(8.).reshape(8, 1, 1, 1), np.arange(8), batch_size=3, seed=3)
begun = ImageDataGenerator().flow(np.arange(8.).reshape(8, 1, 1, 1), np.arange(8), batch_size=3, seed=3)
next(begun)
""")
    values = carried(fresh=space["fresh"], begun=space["begun"])
    values = carried(**values)  # and once more, before it has dealt
    for name in ("fresh", "begun"):
        dealt = [[next(flow)[1].tolist() for _ in range(4)] for flow in (values[name], space[name])]
        assert dealt[0] == dealt[1]
