"""Unit tests, and processes that contend: which GPUs there are, and who has them. No kernel is started here."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isokernel.devices import (
    Devices,
    Folder,
    Holder,
    Lease,
    Request,
    Unusable,
    Wanted,
    chosen,
    discovery,
    locks,
    parse_gpus,
    share,
)
from isokernel.devices import folder as folders
from isokernel.devices import lease as leases
from isokernel.devices import nvml as library
from isokernel.devices.locks import QUEUE, REGION, Place, clear, file_of, holder, lock
from isokernel.devices.nvml import Usage

# What there is


class Nvml(types.ModuleType):
    """Stands for ``pynvml``: boards by name, their memory in GB, the pids on them, and their MIG devices."""

    NVML_DEVICE_MIG_ENABLE = 1

    class NVMLError(Exception):
        """NVML's own base."""

    class NVMLError_NotFound(NVMLError):  # noqa: N801 (NVML's name)
        """No MIG device there."""

    class NVMLError_NotSupported(NVMLError):  # noqa: N801
        """A board without MIG."""

    def __init__(self, *boards: str) -> None:
        super().__init__("pynvml")
        self.boards = [f"GPU-{number}{number}aa-{name}" for number, name in enumerate(boards)]
        self.names = dict(zip(self.boards, boards))
        self.slices: dict[str, list[str]] = {}
        self.pids: dict[str, list[int]] = {}
        self.free: dict[str, int] = {}
        self.most: dict[int, int] = {}
        self.begun = self.calls = 0

    def nvmlInit(self) -> None:  # noqa: N802
        self.begun += 1
        self.calls += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.begun -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.boards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        return self.boards[index]

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        return uuid

    def nvmlDeviceGetUUID(self, handle: str) -> str:  # noqa: N802
        return handle

    def nvmlDeviceGetName(self, handle: str) -> str:  # noqa: N802
        return self.names[handle]

    def nvmlDeviceGetMigMode(self, handle: str) -> list[int]:  # noqa: N802
        if handle not in self.slices:
            raise self.NVMLError_NotSupported
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: str) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: str, number: int) -> str:  # noqa: N802
        if number >= len(self.slices[handle]):
            raise self.NVMLError_NotFound
        return self.slices[handle][number]

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> types.SimpleNamespace:  # noqa: N802
        free = self.free.get(handle, 80)
        return types.SimpleNamespace(free=free << 30, used=(80 - free) << 30)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: str) -> list[types.SimpleNamespace]:  # noqa: N802
        return [types.SimpleNamespace(pid=pid, usedGpuMemory=pid << 20) for pid in self.pids.get(handle, [])]

    def nvmlDeviceGetAccountingStats(self, handle: str, pid: int) -> types.SimpleNamespace:  # noqa: N802
        if pid not in self.most:
            raise self.NVMLError_NotSupported
        return types.SimpleNamespace(maxMemoryUsage=self.most[pid])


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    """A machine with two boards of a kind."""
    found = Nvml("H100", "H100")
    monkeypatch.setitem(sys.modules, "pynvml", found)
    monkeypatch.setattr(library, "_library", library._Library())
    return found


def tokens(**environ: str) -> list[str]:
    """What a process with these variables may use."""
    return [device.token for device in Devices().given(environ)]


@pytest.mark.parametrize(
    ("visible", "left"),
    [
        ("0,1,2", ["0", "1", "2"]),
        ("2,0", ["2", "0"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("1,-1,0", ["1"]),
        ("1,7,0", ["1"]),
        (" 1 , 1", ["1"]),
    ],
)
def test_a_process_has_what_cuda_visible_devices_leaves_it(visible, left):
    """In its order, up to the first word that names nothing, as CUDA does; SLURM's word for none is none."""
    assert tokens(ISOKERNEL_GPUS="0,1,2", CUDA_VISIBLE_DEVICES=visible) == left


def test_without_a_variable_or_a_driver_there_is_nothing():
    """And nothing is asked for."""
    assert tokens() == [] or Path("/dev/nvidiactl").exists()
    assert tokens(ISOKERNEL_GPUS="") == []


def test_hip_visible_devices_counts_where_cuda_has_nothing_to_say():
    """An AMD machine's variable."""
    assert tokens(ISOKERNEL_GPUS="0,1", HIP_VISIBLE_DEVICES="1") == ["1"]
    assert tokens(ISOKERNEL_GPUS="0,1", HIP_VISIBLE_DEVICES="1", CUDA_VISIBLE_DEVICES="0") == ["0"]


def test_boards_that_are_alike_are_named_by_index(nvml):
    """As NVML lists them."""
    assert tokens() == ["0", "1"]


def test_nvml_is_begun_once_for_cells_that_follow_one_another(nvml, monkeypatch):
    """To begin it takes longer than to answer; while it is begun it holds the device files open, so it is ended."""
    found = Devices()
    given = found.given({})
    for _ in range(3):
        found.usage(given)
    library._library.end()
    assert nvml.calls == 1 and nvml.begun == 1
    monkeypatch.setattr(library, "KEPT", 0.0)
    library._library.end()
    assert nvml.begun == 0


def test_unlike_boards_are_named_by_uuid(nvml):
    """An index means another device to CUDA, which puts the fastest first, unless it is told the order."""
    nvml.names[nvml.boards[1]] = "T400"
    assert tokens() == nvml.boards
    assert tokens(CUDA_DEVICE_ORDER="PCI_BUS_ID") == ["0", "1"]


@pytest.mark.parametrize("word", ["1", "GPU-11aa-H100", "GPU-11"])
def test_a_device_has_one_key_whatever_it_is_called(nvml, word):
    """So that two notebooks lock the same file, one given an index and one the start of a UUID."""
    (device,) = Devices().given({"CUDA_VISIBLE_DEVICES": word})
    assert (device.token, device.key) == (word, nvml.boards[1])
    (named,) = Devices().given({"ISOKERNEL_GPUS": word})
    assert named.key == device.key


def test_a_divided_board_is_its_mig_devices(nvml):
    """By the ids that CUDA takes; one that only this process was given is believed."""
    nvml.slices[nvml.boards[0]] = ["MIG-aa", "MIG-bb"]
    assert tokens() == ["MIG-aa", "MIG-bb", "1"]
    (first,) = Devices().given({"CUDA_VISIBLE_DEVICES": "0"})
    assert first.key == "MIG-aa" and first.slice
    assert tokens(CUDA_VISIBLE_DEVICES="MIG-cc") == ["MIG-cc"]


def test_devices_of_amd_are_found_in_the_kernel_drivers_list(tmp_path, monkeypatch):
    """Nodes without compute units are processors; ROCR_VISIBLE_DEVICES numbers the rest anew."""
    for node, (units, unique) in enumerate([(0, 0), (304, 0xABC), (304, 0xDEF)]):
        (tmp_path / str(node)).mkdir()
        (tmp_path / str(node) / "properties").write_text(f"simd_count {units}\nunique_id {unique}\n")
    monkeypatch.setattr(discovery, "AMD", tmp_path)
    assert tokens() == ["0", "1"]
    (device,) = Devices().given({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "0"})
    assert (device.token, device.key) == ("0", "amd-def")


ASKED = {"2": Wanted(2), "0,3": Wanted(2, ("0", "3")), "device=3": Wanted(1, ("3",)), "all": Wanted(None), "none": Wanted(0),
         "GPU-1a2b": Wanted(1, ("GPU-1a2b",)), "3,3": Wanted(1, ("3",))}  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_gpus_are_asked_for_by_number_or_by_name(text):
    """A plain number is a number of them."""
    assert parse_gpus(text) == ASKED[text]


@pytest.mark.parametrize("text", ["", "0", "-1", "two", "0,", "0;1", "device="])
def test_what_asks_for_no_gpus_is_refused(text):
    """And 0 too, which may be meant for GPU 0."""
    with pytest.raises(ValueError, match="none"):
        parse_gpus(text)


@given(st.text())
def test_any_value_of_the_variables_gives_a_part_of_the_devices(text):
    """Never more, never an error."""
    assert set(tokens(ISOKERNEL_GPUS="0,1,2", CUDA_VISIBLE_DEVICES=text)) <= {"0", "1", "2"} | {
        word.strip() for word in text.split(",") if word.strip().startswith("MIG-")
    }


# The folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder of locks, not made yet."""
    return Folder(str(tmp_path / "leases"))


def test_the_folder_is_for_everybody_and_its_files_nobodys_to_exchange(folder):
    """Whatever the umask is."""
    before = os.umask(0o077)
    try:
        os.close(folder.open("a"))
    finally:
        os.umask(before)
    assert os.stat(folder.path).st_mode & 0o7777 == 0o1777
    assert os.stat(f"{folder.path}/a").st_mode & 0o7777 == 0o666


def test_descriptors_are_not_inherited(folder):
    """What a cell starts isn't to hold its GPU."""
    fd = folder.open("a")
    assert not os.get_inheritable(fd)
    os.close(fd)


TRICKS = {
    "a link": lambda path, victim: path.symlink_to(victim),
    "a dangling link": lambda path, victim: path.symlink_to(victim.with_name("none")),
    "a second name": lambda path, victim: os.link(victim, path),
    "a pipe": lambda path, victim: os.mkfifo(path),
    "a folder": lambda path, victim: path.mkdir(),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_in_the_folder_is_refused(folder, tmp_path, trick):
    """Nothing is written into another's file, nobody hangs, and the error says where it is."""
    os.close(folder.open("a"))
    victim = tmp_path / "victim"
    victim.write_text("precious")
    TRICKS[trick](Path(folder.path) / file_of("0"), victim)
    with pytest.raises(Unusable, match="leases"):
        lock(folder, "0")
    assert victim.read_text() == "precious" and not (tmp_path / "none").exists()


def test_a_folder_that_is_a_link_is_refused(folder, tmp_path):
    """Somebody may have put it there, to have files made elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    Path(folder.path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unusable, match="is a link"):
        folder.open("a")


def test_a_folder_where_others_may_exchange_files_is_refused(folder):
    """The advice is in the text."""
    Path(folder.path).mkdir()
    os.chmod(folder.path, 0o777)
    with pytest.raises(Unusable, match="chmod 1777"):
        folder.open("a")


def test_a_folder_of_ones_own_will_do(folder):
    """As ISOKERNEL_LEASES may name it."""
    Path(folder.path).mkdir(mode=0o700)
    os.close(folder.open("a"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """With the system's reason."""
    with pytest.raises(Unusable, match="No such file"):
        Folder(str(tmp_path / "none" / "leases")).open("a")


MOUNTS = """\
22 1 0:21 / / rw - overlay overlay rw
23 22 0:22 / /dev/shm rw - tmpfs tmpfs rw
24 22 8:1 /host/leases /leases rw - ext4 /dev/sda rw
25 22 8:1 /tmp/systemd-private-1-jupyter.service/tmp /var/tmp rw - ext4 /dev/sda rw
"""


@pytest.mark.parametrize(
    ("path", "contained", "words"),
    [
        ("/tmp/x", True, "this is a container, and / is its own"),
        ("/dev/shm/x", True, "/dev/shm is its own"),
        ("/leases/x", True, ""),
        ("/tmp/x", False, ""),
        ("/var/tmp/x", False, "PrivateTmp"),
    ],
)
def test_whom_a_folder_reaches_is_told_by_its_mount(monkeypatch, path, contained, words):
    """A container's own file system, and a service's private /tmp, are nobody else's."""
    monkeypatch.setattr(folders, "_contained", lambda: contained)
    monkeypatch.setattr(Path, "read_text", lambda self: MOUNTS)
    monkeypatch.setattr(os.path, "realpath", lambda path: path)
    told = folders.reach(path)
    assert words in told and bool(told) == bool(words)


# Locks


def devices(count: int = 1) -> tuple[discovery.Device, ...]:
    """The first of some named devices."""
    return Devices().given({"ISOKERNEL_GPUS": ",".join(map(str, range(count)))})


def attempt(folder: Folder, which: Sequence[discovery.Device] | None = None, count: int = 1) -> Lease | None:
    """What somebody gets who comes now and doesn't wait."""
    request = Request(folder, which or devices(), count)
    lease = request.attempt()
    request.forget()
    return lease


def held(folder: Folder, *which: discovery.Device) -> list[Holder | None]:
    """Who holds these."""
    return [holder(folder, device.key) for device in which]


def test_a_device_is_held_once(folder):
    """By whoever came first, until he releases it, which may be said twice."""
    first = attempt(folder)
    second = Request(folder, devices(), 1)
    assert second.attempt() is None
    first.release()
    first.release()
    assert second.attempt().environment == {"CUDA_VISIBLE_DEVICES": "0", "HIP_VISIBLE_DEVICES": "0"}


def test_a_lease_is_held_as_long_as_anybody_has_it_open(folder):
    """The cell's process is given the descriptor, so it holds on when the notebook's is killed."""
    lease = attempt(folder)
    other = os.dup(lease.fds[0])
    lease.release()
    request = Request(folder, devices(), 1)
    assert request.attempt() is None
    os.close(other)
    assert request.attempt() is not None


def test_some_of_many_are_taken_together_or_not_at_all(folder):
    """Two of three; what is free is held for whom is first, and given back by who doesn't wait."""
    one = attempt(folder, devices(3), 1)
    two = attempt(folder, devices(3), 2)
    assert [d.token for d in (*one.devices, *two.devices)] == ["0", "1", "2"]
    one.release()
    waiting = Request(folder, devices(3), 2)
    assert waiting.attempt() is None
    assert held(folder, devices(3)[0])[0].pid == os.getpid()
    assert [who and who.pid for _, who in waiting.waiting().devices] == [None, os.getpid(), os.getpid()]
    waiting.forget()
    assert held(folder, devices(3)[0]) == [None]
    two.release()
    assert Request(folder, devices(3), 2).attempt().environment["CUDA_VISIBLE_DEVICES"] == "0,1"


def test_who_comes_later_takes_nothing_that_an_earlier_one_waits_for(folder):
    """Or whoever needs two would wait for ever."""
    busy = attempt(folder, devices(2), 1)
    both, one = Request(folder, devices(2), 2), Request(folder, devices(2), 1)
    assert both.attempt() is None
    assert one.attempt() is None and one.waiting().before == 1
    busy.release()
    assert one.attempt() is None
    assert len(both.attempt().devices) == 2


def test_who_waits_for_another_device_is_not_in_the_way(folder):
    """Each device has a queue of its own."""
    zero, one = devices(2)
    taken, waiting = attempt(folder, [zero]), Request(folder, [zero], 1)
    assert taken and waiting.attempt() is None
    assert attempt(folder, [one]) is not None


def test_a_wait_ends_when_a_lease_of_the_same_process_does(folder, monkeypatch):
    """It is told, and does not look again by itself: the next cell of a notebook follows the last."""
    waits = threading.Event()

    class ForGood(threading.Condition):
        def wait(self, timeout=None):
            waits.set()
            return super().wait()

    monkeypatch.setattr(leases, "_released", ForGood())
    monkeypatch.setattr(leases, "OFTEN", leases.SELDOM)  # what it waits for is told at the first look
    first = attempt(folder)
    second = Request(folder, devices(), 1)
    seen = []
    ready = second.wait(seen.append)
    assert waits.wait(60)
    first.release()
    assert ready.result(timeout=60).devices == devices()
    assert [w.devices[0][1].notebook for w in seen] == ["this notebook"]


def test_a_wait_that_is_stopped_leaves_the_queue(folder):
    """The next one moves up."""
    first = attempt(folder)
    second, third = Request(folder, devices(), 1), Request(folder, devices(), 1)
    ready = second.wait(lambda waiting: None)
    assert second.attempt() is None and third.attempt() is None
    second.stop()
    assert ready.result(timeout=60) is None
    first.release()
    assert third.attempt() is not None


def test_a_fork_of_the_notebook_holds_nothing(folder):
    """A pool that a plain cell has made may live for hours."""
    lease = attempt(folder)
    waiting = Request(folder, devices(), 1)
    assert waiting.attempt() is None
    ours, its = socket.socketpair()
    child = os.fork()
    if not child:
        ours.close()
        its.send(b"forked")
        its.recv(1)
        os._exit(0)
    with ours, its:
        assert ours.recv(6) == b"forked"
        lease.release()
        waiting.forget()
        assert attempt(folder) is not None
        ours.send(b"x")
        os.waitpid(child, 0)


def test_a_lock_whose_file_was_removed_is_nobodys(folder):
    """Something cleans /tmp; the next one makes a new file, and locks that."""
    first = attempt(folder)
    os.unlink(f"{folder.path}/{file_of(devices()[0].key)}")
    second = attempt(folder)
    assert second is not None and attempt(folder) is None
    first.release()
    second.release()


FACTS = [b"", b"{", b"[]", b"null", b'{"pid": 1}', b"\xff" * 5000, b"[" * 5000, b'{"pid": 1e999, "uid": 0, "user": "x", "since": 0, "space": 0}',
         json.dumps({"pid": 1, "uid": 0, "user": 7, "since": 0, "space": 0}).encode(),
         json.dumps({"pid": 1, "uid": 0, "user": "x", "since": -1, "space": 0}).encode(),
         json.dumps({"pid": True, "uid": 0, "user": "x", "since": 0, "space": 0}).encode()]  # fmt: skip


@pytest.mark.parametrize("facts", FACTS)
def test_what_a_lock_says_is_never_trusted(folder, facts):
    """A file that says nonsense is somebody's lock all the same."""
    lease = attempt(folder)
    os.truncate(path := f"{folder.path}/{file_of(devices()[0].key)}", 0)
    Path(path).write_bytes(facts)
    assert held(folder, *devices()) == [None]
    assert attempt(folder) is None
    lease.release()
    assert attempt(folder) is not None


@given(st.binary(max_size=2000))
def test_no_bytes_in_a_lock_hurt_who_reads_them(tmp_path_factory, data):
    """Whatever they are."""
    folder = Folder(str(tmp_path_factory.mktemp("f") / "leases"))
    fd = lock(folder, "0")
    os.ftruncate(fd, 0)
    os.pwrite(fd, data, 0)
    found = holder(folder, "0")
    assert found is None or str(found)
    os.close(fd)


def test_a_holder_of_another_user_is_told_by_his_name_alone():
    """Neither what his notebook is called nor his process; and no text of his does anything on a screen."""
    other = Holder(os.getpid(), os.getuid() + 1, "alice", time.time())
    assert str(other).startswith("alice since ") and "pid" not in str(other)


def test_a_users_name_cannot_write_on_the_screen(folder):
    """Escapes are taken out, and it is cut."""
    fd = lock(folder, "0")
    facts = {"pid": 1, "uid": os.getuid() + 1, "user": "\x1b[2Jeve\n" + "x" * 500, "since": 0, "space": 0}
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps(facts).encode(), 0)
    found = holder(folder, "0")
    assert found.user.startswith("[2Jevexx") and len(found.user) == 64
    os.close(fd)


def test_a_place_is_behind_all_that_are_taken(folder):
    """And the number ahead is known."""
    places = [Place(folder, ["0", "1"]), Place(folder, ["1"]), Place(folder, ["0"])]
    assert all(place.take() for place in places)
    assert [place.before() for place in places] == [0, 1, 1]
    assert [places[0].first("0"), places[1].first("1"), places[2].first("0")] == [True, False, False]
    places[0].close()
    assert places[1].first("1") and places[2].first("0")


@pytest.mark.parametrize("at", [0, 1 << 20, REGION - 1], ids=["first", "some", "last"])
def test_who_only_locks_places_blocks_nobody_for_long(folder, monkeypatch, at):
    """Everybody may lock any byte of the queue; who doesn't take a free device is passed over."""
    os.close(folder.open(QUEUE))
    fd = folder.open(QUEUE)
    assert locks._set(fd, fcntl.F_WRLCK, locks._region(devices()[0].key) + at)
    request = Request(folder, devices(), 1)
    assert request.attempt() is None
    monkeypatch.setattr(leases, "PATIENCE", 0.0)
    lease = request.attempt()
    assert lease is not None
    assert (again := Request(folder, devices(), 1)).attempt() is None and again.attempt() is None
    lease.release()
    assert again.attempt() is None and again.attempt() is not None
    os.close(fd)


def test_what_is_had_by_passing_somebody_over_is_not_held_while_more_is_waited_for(folder, monkeypatch):
    """Or two could wait for each other."""
    monkeypatch.setattr(leases, "PATIENCE", 0.0)
    busy = attempt(folder, devices(1))
    stopped, both = Request(folder, devices(2)[1:], 1), Request(folder, devices(2), 2)
    assert stopped._place.take()
    assert both.attempt() is None and both.attempt() is None
    assert held(folder, devices(2)[1]) == [None]
    busy.release()
    assert len((both.attempt() or both.attempt()).devices) == 2


def test_a_folder_is_open_to_all_from_its_first_moment(folder, monkeypatch):
    """Whoever is ended while he makes it leaves none that is closed to others."""

    def ended(path, mode):
        raise SystemExit

    monkeypatch.setattr(os, "chmod", ended)
    with pytest.raises(SystemExit):
        folder.open("a")
    assert not os.path.exists(folder.path)


def test_a_folder_that_was_left_closed_is_opened_by_its_owner(tmp_path, monkeypatch):
    """The one of everybody; one that was named for oneself is left as it is."""
    monkeypatch.setattr(folders, "DEFAULT", str(tmp_path / "leases"))
    os.mkdir(tmp_path / "leases", 0o755)
    os.close(Folder(str(tmp_path / "leases")).open("a"))
    assert os.stat(tmp_path / "leases").st_mode & 0o7777 == 0o1777


def test_what_nobody_holds_can_be_cleared_away(folder, tmp_path):
    """Folder and files; nothing of what is in use, or is somebody else's."""
    assert clear(folder) is None
    lease = attempt(folder)
    assert clear(folder) == "somebody holds a GPU"
    lease.release()
    waiting = Request(folder, devices(), 1)
    assert waiting._place.take()
    assert clear(folder) == "somebody waits for a GPU"
    waiting.forget()
    Path(folder.path, "mine").touch()
    assert "mine" in clear(folder)
    Path(folder.path, "mine").unlink()
    assert clear(folder) == ""
    assert not Path(folder.path).exists()


# Devices that others use, too


def using(folder: Folder, nvml: Nvml, count: int = 1, **environ: str) -> Request:
    """A request for some devices of the fake machine."""
    found = Devices()
    return Request(folder, found.given(environ), count, found.usage)


def test_a_device_that_somebody_uses_without_a_lease_is_taken_last(folder, nvml):
    """And who gets it is told."""
    nvml.pids[nvml.boards[0]] = [4242]
    first, second = using(folder, nvml).attempt(), using(folder, nvml).attempt()
    assert [d.token for d in first.devices] == ["1"] and first.used == ()
    assert [(d.token, u.pids) for d, u in second.used] == [("0", (4242,))]


def test_what_a_process_holds_of_a_device_is_told(nvml):
    """The most that it ever held where the driver keeps accounts, else what it holds now."""
    nvml.pids[nvml.boards[0]], nvml.most[7] = [5, 7], 9 << 30
    found = Devices()
    usage = found.usage(found.given({}))[nvml.boards[0]]
    assert (usage.pids, usage.held) == ((5, 7), (5 << 20, 9 << 30))


def test_memory_in_use_tells_where_processes_do_not_show(folder, nvml):
    """In a container."""
    nvml.free[nvml.boards[0]] = 40
    assert [d.token for d in using(folder, nvml).attempt().devices] == ["1"]


def test_a_shared_lease_takes_what_has_most_memory_left_and_does_not_wait(folder, nvml):
    """The frameworks are told to take no more than they need."""
    nvml.free[nvml.boards[0]], nvml.pids[nvml.boards[0]] = 20, [1]
    found = Devices()
    given = found.given({})
    first, second = (share(folder, given, 1, found.usage) for _ in range(2))
    assert first.environment["CUDA_VISIBLE_DEVICES"] == second.environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert first.environment["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert attempt(folder, given, 2) is None
    first.release()
    second.release()


def test_a_shared_lease_leaves_alone_what_somebody_has_for_himself(folder, nvml):
    """As long as there is another one."""
    found = Devices()
    mine = using(folder, nvml).attempt()
    assert share(folder, found.given({}), 1, found.usage).environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert share(folder, found.given({}), 2, found.usage).environment["CUDA_VISIBLE_DEVICES"] == "1,0"
    mine.release()


def test_devices_are_chosen_by_any_of_their_names(nvml):
    """Index, UUID or the start of one; None where one isn't the notebook's."""
    given = Devices().given({"CUDA_VISIBLE_DEVICES": "1"})
    assert chosen(given, ["GPU-11"]) == given and chosen(given, ["0"]) is None


def test_devices_that_are_only_named_have_no_usage():
    """There is nobody to ask."""
    assert Devices.usage(devices()) == {} and Usage().busy is False


# Processes that contend

CONTENDER = """
import os, sys, time
from isokernel.devices import Devices, Folder, Request, lease
lease.OFTEN, lease.SELDOM = 0.001, 0.002
path, marks, rounds, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
folder, devices = Folder(path), Devices().given(os.environ)
for number in range(rounds):
    request = Request(folder, devices, 1 + (number % count))
    got = request.attempt() or request.wait(lambda waiting: None).result()
    for device in got.devices:  # nobody else may be here
        os.close(os.open(f"{marks}/{device.token}", os.O_CREAT | os.O_EXCL))
    for device in got.devices:
        os.unlink(f"{marks}/{device.token}")
    got.release()
    print(len(got.devices), flush=True)
"""

HOLDER = """
import os, sys, time
from isokernel.devices import Devices, Folder, Request, lease
lease.OFTEN, lease.SELDOM = 0.001, 0.005
request = Request(Folder(sys.argv[1]), Devices().given(os.environ), 1)
got = request.attempt()
print("held" if got else "waits", flush=True)
got = got or request.wait(lambda waiting: None).result()
print(sys.argv[2], file=open(sys.argv[3], "a"))
print("got", flush=True)
sys.stdin.read()
"""


def start(code: str, *arguments: str, gpus: str = "0") -> subprocess.Popen:
    """A process of its own that may use these devices."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env={**os.environ, "ISOKERNEL_GPUS": gpus},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@contextlib.contextmanager
def ended(processes: list[subprocess.Popen]) -> Iterator[None]:
    """None of them is left."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
            if not process.stdin.closed:
                process.stdin.close()
            process.stdout.close()


def contended(folder: Folder, tmp_path: Path, *, processes: int, rounds: int, gpus: str, count: int) -> int:
    """Have processes take and give back devices, and count what they took; fails where two had one at a time."""
    marks = tmp_path / "marks"
    marks.mkdir()
    started = [start(CONTENDER, folder.path, str(marks), str(rounds), str(count), gpus=gpus) for _ in range(processes)]
    with ended(started):
        taken = 0
        for process in started:
            out, _ = process.communicate(timeout=100)
            assert process.returncode == 0
            taken += len(out.split())
        return taken


def test_a_thousand_contended_leases_are_neither_lost_nor_doubled(folder, tmp_path):
    """Eight processes and two devices."""
    assert contended(folder, tmp_path, processes=8, rounds=125, gpus="0,1", count=1) == 1000


def test_leases_of_one_and_of_all_contend_without_starving(folder, tmp_path):
    """Some want one of three, some two, some all."""
    assert contended(folder, tmp_path, processes=6, rounds=30, gpus="0,1,2", count=3) == 180


@pytest.mark.slow
def test_many_more_contend(folder, tmp_path):
    """Thirty-two processes and one device."""
    assert contended(folder, tmp_path, processes=32, rounds=100, gpus="0", count=1) == 3200


def test_first_come_first_served(folder, tmp_path):
    """Ten processes get one device in the order in which they came."""
    order = tmp_path / "order"
    started = []
    with ended(started):
        for number in range(10):
            started.append(start(HOLDER, folder.path, str(number), str(order)))
            assert started[-1].stdout.readline() == ("waits\n" if number else "held\n")
        for process in started:
            assert process.stdout.readline() == "got\n"
            process.stdin.close()
            assert process.wait(10) == 0
    assert order.read_text().split() == [str(number) for number in range(10)]


def test_a_lock_left_by_a_killed_holder_is_free_at_once(folder, tmp_path):
    """And a place left by one that was killed while it waited is nobody's."""
    started = [start(HOLDER, folder.path, str(number), str(tmp_path / "order")) for number in range(1)]
    with ended(started):
        assert started[0].stdout.readline() == "held\n"
        started.append(start(HOLDER, folder.path, "1", str(tmp_path / "order")))
        assert started[1].stdout.readline() == "waits\n"
        request = Request(folder, devices(), 1)
        assert request.attempt() is None and request.waiting().before == 1
        told = request.waiting().devices[0][1]
        assert told.pid == started[0].pid and told.uid == os.getuid()
        os.kill(started[1].pid, signal.SIGKILL)
        started[1].wait()
        assert request.waiting().before == 0
        os.kill(started[0].pid, signal.SIGKILL)
        started[0].wait()
        assert request.attempt() is not None


def test_killing_contenders_costs_nobody_his_turn(folder, tmp_path):
    """Half of them are killed while they hold or wait; the others come to their end."""
    marks = tmp_path / "marks"
    marks.mkdir()
    killed = [start(HOLDER, folder.path, str(number), str(tmp_path / "order"), gpus="0,1") for number in range(6)]
    with ended(killed):
        for process in killed:
            assert process.stdout.readline() in ("held\n", "waits\n")
        living = [start(CONTENDER, folder.path, str(marks), "20", "2", gpus="0,1") for _ in range(4)]
        with ended(living):
            for process in killed:
                process.kill()
                time.sleep(0.02)
            assert sum(len(process.communicate(timeout=60)[0].split()) for process in living) == 80


def test_a_lock_of_another_kind_is_refused_with_a_reason(folder, monkeypatch):
    """A file system without locks is told as what it is."""

    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    with pytest.raises(Unusable, match="no locks"):
        Request(folder, devices(), 1).attempt()
