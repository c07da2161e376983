"""Unit tests: what TensorFlow's C++ tells of its start is shown once, and everything else as it comes."""

from __future__ import annotations

from isokernel.logs import StartLog

PREAMBLE = "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
CUDA = "E0000 00:00:1795423399.2{}   23349 cuda_platform.cc:52] failed call to cuInit: UNKNOWN ERROR (303)\n"
OLD = "2026-11-23 08:50:18.{}: I tensorflow/core/common_runtime/gpu/gpu_device.cc:1613] Created device GPU:0\n"
TRAINING = "W0000 00:00:1795423399.2{}   23349 bfc_allocator.cc:501] Allocator ran out of memory\n"


def test_lines_of_the_start_are_shown_once_to_a_notebook():
    """Whatever their times and processes are."""
    told = set()
    start = [PREAMBLE + CUDA.format(n) + OLD.format(n) for n in (1, 2)]
    assert StartLog(told).pick(start[0]) == start[0]
    assert StartLog(told).pick(start[1]) == ""


def test_all_other_lines_are_shown_as_they_come():
    """What goes wrong in a training, whatever cell it was said in before, and text that only looks alike."""
    told = set()
    for number in (1, 2):
        text = TRAINING.format(number) + "Epoch 1/2\nI0000 am not a log\ncuda_platform.cc:52] nor I\n"
        assert StartLog(told).pick(text) == text


def test_one_process_may_repeat_itself():
    """As it would in an ordinary kernel."""
    told = set()
    log = StartLog(told)
    assert log.pick(CUDA.format(1) + CUDA.format(2)) == CUDA.format(1) + CUDA.format(2)


def test_a_line_that_comes_in_pieces_is_one_line():
    """A progress bar's doesn't wait for its end."""
    told = set()
    StartLog(told).pick(CUDA.format(1))
    log = StartLog(told)
    whole = CUDA.format(2)
    assert [log.pick(part) for part in (whole[:9], whole[9:60], whole[60:])] == ["", "", ""]
    assert log.pick("12/99 [==") == "12/99 [=="
    assert log.pick("=>\n" + whole[:20]) == "=>\n"
    assert log.rest() == whole[:20]
