"""What is only for show leaves itself out where the user's code fails in it; the value is carried all the same."""

from __future__ import annotations

import numpy as np
import pytest

from isokernel.payload import pack, unpack


class Shapeless(np.ndarray):
    """Has no shape to tell."""

    @property
    def shape(self):
        raise SystemExit("call me first")


class Mute(Exception):
    """Can't say what it is about."""

    def __str__(self):
        raise ValueError("no words")


class Refusing:
    """Fails to be packed, with an exception that can't be shown."""

    def __reduce__(self):
        raise Mute


class Hidden:
    """Can't be looked into."""

    @property
    def __dict__(self):
        raise ValueError("nothing to see")

    def __reduce__(self):
        raise ValueError("it is hidden")


def broken():
    """What an opened value raises."""
    raise Mute


class Broken:
    """Fails as it is opened."""

    def __reduce__(self):
        return broken, ()


def test_a_summary_that_raises_is_left_out():
    """A layer that isn't built, a property that asks to be called first."""
    (parcel,) = pack({"a": np.arange(3).view(Shapeless)}, namespace={}).parcels
    assert parcel.summaries["a"].text == ""
    assert list(unpack([parcel], namespace={})["a"]) == [0, 1, 2]


@pytest.mark.parametrize(("value", "words"), [(Refusing(), "<str() of the exception"), (Hidden(), "it is hidden")])
def test_a_refusal_is_told_whatever_its_reason_is_made_of(value, words):
    """With the name, and what can be said."""
    (refusal,) = pack({"a": [value]}, namespace={}).refusals
    assert refusal.name == "a" and words in refusal.reason


def test_a_value_that_cannot_be_opened_is_told():
    """Though its exception has no text."""
    (parcel,) = pack({"a": Broken()}, namespace={}).parcels
    with pytest.raises(Exception, match="opening it failed with Mute: <str"):
        unpack([parcel], namespace={})


def test_results_survive_what_can_not_be_shown(kernel):
    """Through the kernel: a repr that raises, an exception without a text."""
    reply = kernel.run(
        "%%isolated --auto\n"
        "class Unshown:\n    def __repr__(self): raise ValueError('no')\n"
        "shown_1, shown_2 = 5, [Unshown()]\nshown_2[0]"
    )
    assert kernel.value("shown_1") == 5
    assert reply.error == "ValueError: no"  # as in one process
    reply = kernel.run(
        "%%isolated -o shown_3\nclass Mute(Exception):\n    def __str__(self): raise ValueError('no words')\n"
        "shown_3 = 1\nraise Mute"
    )
    assert reply.content["ename"] in ("Mute", "ValueError"), reply.error  # which of them is IPython's affair
    assert kernel.value("__import__('isokernel').last_run().partial['shown_3']") == 1
    assert kernel.run("1 + 1").ok
    kernel.run("del shown_1, shown_2, Unshown")
