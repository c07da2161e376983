"""End to end: cells and the GPUs of a host, by name alone (``ISOKERNEL_GPUS``), so that no GPU is needed."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

SEES = "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'), os.environ.get('HIP_VISIBLE_DEVICES'))"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of locks, and one to work in."""
    return tmp_path_factory.mktemp("leases")


@pytest.fixture(scope="module")
def start(start_kernel, place):
    """A function that starts a kernel with GPUs 0 and 1, or others."""

    def started(*args, gpus="0,1", **variables):
        own = {"ISOKERNEL_GPUS": gpus, "ISOKERNEL_LEASES": str(place / "locks"), **variables}
        return start_kernel(env={**os.environ, **own}, cwd=str(place), args=args)

    return started


@pytest.fixture(scope="module")
def one(start):
    """A notebook named train.ipynb."""
    return start(JPY_SESSION_NAME="/home/me/train.ipynb")


@pytest.fixture(scope="module")
def two(start):
    """Another notebook of the same user."""
    return start()


class Holding:
    """A cell of a kernel that holds a GPU until it is let go."""

    def __init__(self, kernel, place, gpus="device=0", wait=True):
        self.flag = place / f"flag-{time.monotonic_ns()}"
        self._client, self.pid, self.reply = kernel.client, 0, None
        self._request = self._client.execute(
            f"%%isolated --gpus {gpus}\nimport os, pathlib, time\nprint(os.getpid(), flush=True)\n"
            f"while not pathlib.Path({str(self.flag)!r}).exists(): time.sleep(0.01)",
            allow_stdin=False,
        )
        if wait:
            self.pid = int(self._next("stream")["text"])

    def _next(self, kind):
        while True:
            message = self._client.get_iopub_msg(timeout=20)
            if message["parent_header"].get("msg_id") == self._request and message["msg_type"] == kind:
                return message["content"]

    def let_go(self):
        """Have the cell end, if it hasn't; its reply."""
        if self.reply is None:
            self.flag.touch()
            self.reply = self._client.get_shell_msg(timeout=20)["content"]
            while self._next("status")["execution_state"] != "idle":
                pass
        return self.reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.let_go()


def lines(reply):
    """The quiet lines of a reply, and what they became."""
    return [c["data"]["text/plain"] for c in reply.of("display_data", "update_display_data")]


def first_line(then):
    """A hook that does something once, when a line is shown."""
    done = []

    def heard(message):
        if message["msg_type"] == "display_data" and not done:
            done.append(then())

    return heard


GIVEN = {
    "1": "0 0", "2": "0,1 0,1", "device=1": "1 1", "1,0": "1,0 1,0", "all": "0,1 0,1", "none": " -1",
}  # fmt: skip


@pytest.mark.parametrize("asked", GIVEN)
def test_a_cell_sees_what_it_asked_for(one, asked):
    """By both makers' variables, before anything could look."""
    assert one.run(f"%%isolated --gpus {asked}\n{SEES}").text() == f"{GIVEN[asked]}\n"


def test_a_cell_sees_a_part_of_what_the_kernel_was_given(start):
    """As SLURM gives it; what wasn't given can't be asked for."""
    kernel = start(gpus="0,1,2,3", CUDA_VISIBLE_DEVICES="3,1")
    assert kernel.run(f"%%isolated --gpus 2\n{SEES}").text() == "3,1 3,1\n"
    assert kernel.run(f"%%isolated --gpus device=1\n{SEES}").text() == "1 1\n"
    for asked in ("device=0", "3"):
        reply = kernel.run(f"%%isolated --gpus {asked}\n{SEES}")
        assert reply.content["ename"] == "BadOption" and "this notebook may use GPU 3, GPU 1" in reply.error
    kernel.close()


def test_a_cell_without_a_framework_is_left_alone(one, two, place):
    """It sees what it would see, and waits for nobody."""
    with Holding(two, place, "2"):
        assert one.run(f"%%isolated\n{SEES}").text() == "None None\n"


def test_plain_cells_and_what_they_start_see_what_they_always_saw(one):
    """The kernel holds no device, and hides none."""
    one.run("%%isolated --gpus 1\npass")
    assert one.run(f"import subprocess\n{SEES}\n!echo [$CUDA_VISIBLE_DEVICES]").text().split() == ["None", "None", "[]"]


def test_waiting_tells_for_what_for_whom_and_since_when(one, two, place):
    """Then the line goes, and the cell runs."""
    with Holding(one, place) as holding:
        reply = two.run(f"%%isolated --gpus device=0\n{SEES}", on_message=first_line(holding.flag.touch))
    assert reply.text() == "0 0\n"
    told, *_, last = lines(reply)
    words = r"waiting for GPU 0, held by train.ipynb \(pid (\d+)\) since \d\d:\d\d. An interrupt ends the wait; .*"
    assert re.fullmatch(words, told)[1] == str(one.pid)
    assert last == ""


def test_the_waiting_line_follows_who_holds_the_device(one, two, start, place):
    """The same display, with another text."""
    three, texts = start(), []
    with Holding(one, place) as first, Holding(two, place, wait=False) as second:
        until(lambda: queued(two))

        def heard(message):
            if message["msg_type"] in ("display_data", "update_display_data"):
                text = message["content"]["data"]["text/plain"]
                if "held by" in text:  # not in the moment between two holders
                    texts.append(text)
                    (first if f"pid {one.pid}" in text else second).flag.touch()

        assert three.run(f"%%isolated --gpus device=0\n{SEES}", on_message=heard).text() == "0 0\n"
    assert f"pid {one.pid}" in texts[0] and "; 1 other waited before" in texts[0]
    assert f"pid {two.pid}" in texts[1] and "waited before" not in texts[1]
    three.close()


def queued(kernel):
    """Whether a kernel has a place in a queue."""
    folder = Path(f"/proc/{kernel.pid}/fd")
    return any(os.path.realpath(fd).endswith("/queue") for fd in folder.iterdir())


def until(true):
    """Wait for what another process does."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_wait_can_be_interrupted(one, two, place):
    """And leaves nothing in the queue."""
    with Holding(one, place):
        interrupt = first_line(two.manager.interrupt_kernel)
        reply = two.run("%%isolated --gpus device=0\n1", on_message=interrupt)
        assert reply.content["ename"] == "KeyboardInterrupt"
        assert not queued(two)
    assert two.run(f"%%isolated --gpus device=0\n{SEES}").text() == "0 0\n"


def test_two_cells_have_a_device_each(one, two, place):
    """Without a word, while there are enough."""
    with Holding(one, place):
        reply = two.run(f"%%isolated --gpus 1\n{SEES}")
        assert reply.text() == "1 1\n" and lines(reply) == []


def test_the_gpu_of_a_killed_cell_is_free_at_once(one, two, place):
    """Nobody has to find out."""
    holding = Holding(one, place)
    os.kill(holding.pid, signal.SIGKILL)
    assert holding.let_go()["ename"] == "WorkerDied"
    reply = two.run(f"%%isolated --gpus device=0\n{SEES}")
    assert reply.text() == "0 0\n"


def test_the_gpu_of_a_killed_kernel_is_free_when_its_cell_has_ended(start, two, place):
    """The cell notices, which would sleep for ten minutes."""
    kernel = start()
    flag = place / "begun"
    code = f"%%isolated --gpus device=0\nimport time; open({str(flag)!r}, 'w').close(); time.sleep(600)"
    kernel.client.execute(code)
    until(flag.exists)
    os.kill(kernel.pid, signal.SIGKILL)
    assert two.run(f"%%isolated --gpus device=0\n{SEES}").text() == "0 0\n"
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_a_child_that_a_cell_leaves_does_not_hold_its_gpu(one, two):
    """The descriptors aren't inherited by what is executed."""
    reply = one.run(
        "%%isolated --gpus device=0 --keep-children\nimport subprocess\nprint(subprocess.Popen(['sleep', '60']).pid)"
    )
    assert two.run(f"%%isolated --gpus device=0\n{SEES}").text() == "0 0\n"
    os.kill(int(reply.text()), signal.SIGTERM)


def test_shared_devices_are_not_waited_for(start, place):
    """And frameworks are told to take no more memory than they need; ``exclusive`` waits for those who share."""
    args = ("--IsoKernel.lease=shared",)
    first, second = start(*args, gpus="0"), start(*args, gpus="0")
    growth = "; print(os.environ['TF_FORCE_GPU_ALLOW_GROWTH'])"
    with Holding(first, place):
        reply = second.run(f"%%isolated --gpus 1\n{SEES}{growth}")
        assert reply.text() == "0 0\ntrue\n" and lines(reply) == []
    first.close()
    second.close()


def test_leases_can_be_switched_off(start, two, place):
    """Then a cell sees what the kernel sees, and nobody waits."""
    kernel = start("--IsoKernel.lease=off")
    with Holding(two, place, "2"):
        assert kernel.run(f"%%isolated\nword = 'cuda'\n{SEES}").text() == "None None\n"
    kernel.close()


def test_a_folder_that_cannot_be_used_stops_nobody(start, place):
    """It is said, once."""
    (place / "file").touch()
    kernel = start(ISOKERNEL_LEASES=str(place / "file" / "locks"))
    reply = kernel.run(f"%%isolated --gpus 1\n{SEES}")
    assert reply.text() == "0 0\n" and "GPUs can't be leased, so other notebooks may use them" in reply.text("stderr")
    assert kernel.run("%%isolated --gpus 1\n1").text("stderr") == ""
    kernel.close()


def test_asking_for_what_is_not_there_is_told_once(start):
    """A notebook from a machine with GPUs runs on one without."""
    kernel = start(gpus="")
    assert "there is no GPU for this notebook, so --gpus 2 changes nothing" in kernel.run(
        "%%isolated --gpus 2\n1"
    ).text("stderr")
    assert kernel.run("%%isolated --gpus 2\n1").text("stderr") == ""
    kernel.close()


# With a framework


@pytest.fixture(scope="module")
def trainer(start_kernel, place):
    """A kernel with GPUs 0 and 1, and TensorFlow in its template."""
    pytest.importorskip("tensorflow", reason="TensorFlow is an extra")
    own = {"ISOKERNEL_GPUS": "0,1", "ISOKERNEL_LEASES": str(place / "locks")}
    kernel = start_kernel(preload=("tensorflow", "keras"), env={**os.environ, **own}, cwd=str(place))
    kernel.run("%config IsoKernel.echo = 'never'")
    kernel.run("import os, keras, numpy as np\nimport tensorflow as tf")
    return kernel


SEEN = "print(f'sees [{os.environ[\"CUDA_VISIBLE_DEVICES\"]}]')"


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "code",
    [
        f"import tensorflow as tf\n{SEEN}",
        f"class Net(keras.Model):\n    pass\n{SEEN}",
        f"print(np.zeros((2, 3)).shape)\ntf.float32\n{SEEN}",
    ],
    ids=["imports", "defines", "looks"],
)
def test_a_cell_that_only_looks_takes_no_lease(trainer, two, place, code):
    """It waits for nobody, and can't open a device by the way."""
    with Holding(two, place, "2"):
        reply = trainer.run(code)
        assert reply.ok, reply.traceback
        assert reply.text().endswith("sees []\n")
        assert lines(reply) == []


@pytest.mark.tensorflow
def test_a_cell_that_trains_takes_one(trainer):
    """Unasked."""
    code = f"m = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]); m.compile('sgd', 'mse')\n{SEEN}"
    assert re.fullmatch(r"sees \[[01]\]\n", trainer.run(code).text())  # 1 while the cell before is still leaving
    assert re.fullmatch(
        r"sees \[[01]\]\n", trainer.run(f"m.fit(np.ones((2, 1)), np.ones(2), verbose=0)\n{SEEN}").text()
    )
    assert trainer.run(f"print(m.count_params())\n{SEEN}").text() == "2\nsees []\n"


@pytest.mark.tensorflow
def test_a_cell_that_reaches_a_strategy_takes_all(trainer):
    """So does one that is given a model that was made under one."""
    code = (
        "with tf.distribute.MirroredStrategy().scope():\n"
        "    wide = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
    )
    assert trainer.run(f"{code}{SEEN}").text().endswith("sees [0,1]\n")
    assert trainer.run(f"wide(np.ones((2, 1)))\n{SEEN}").text().endswith("sees [0,1]\n")


@pytest.mark.tensorflow
def test_the_configured_number_holds_for_cells_that_use_any(trainer):
    """And for no other."""
    trainer.run("%config IsoKernel.gpus = '2'")
    assert trainer.run(f"tf.zeros(3) + 1\n{SEEN}").text() == "sees [0,1]\n"
    assert trainer.run(f"import tensorflow\n{SEEN}").text() == "sees []\n"
    trainer.run("%config IsoKernel.gpus = ''")
