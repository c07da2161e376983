"""What host and worker may say to each other, and when.

One worker has one life, and both ends run on this table:

    state      who   says              then
    BORN       W     Hello             READY
    READY      H     Inquiry           READY
    READY      W     Answer            READY      to each inquiry; it waits on
    READY      H     Prepare           READY
    READY      W     Prepared          READY      its framework is started
    READY      H     Start             RUNNING
    RUNNING    W     Publish           RUNNING
    RUNNING    W     InputRequest      RUNNING    the host answers with InputReply, or interrupts
    RUNNING    W     NamesRequest      RUNNING    the host answers with NamesReply, or interrupts
    RUNNING    W     Heard             RUNNING    to each CommMessage; what a widget made of it is sent
    RUNNING    W     Published         RUNNING    values that are there whatever becomes of the cell
    RUNNING    W     Ended             RUNNING    the cell's code is over; what it left is being packed
    RUNNING    W     Outcome           ENDING     the cell is over; what it made is in here
    ENDING     W     Publish           ENDING     exit handlers still write
    ENDING     W     Heard             ENDING
    ENDING     H     Enough            ENDING     to a worker that lingers for its widgets
    ENDING     W     Finished          GONE       nothing comes after this

The host may send ``Start`` before it has read ``Hello``, and a ``CommMessage`` for a widget at any time after it.
Signals and the end of the socket are not messages: an interrupt is a SIGINT to the worker's process group, and a host
that is gone is an end-of-file.

A message is JSON plus raw buffers plus file descriptors (see :mod:`isokernel.channel`); nothing here is ever
unpickled. :func:`decode` checks every field by type, so a worker whose memory was overwritten is a
:class:`~isokernel.errors.ProtocolError` in the host and nothing worse. This module does no I/O.
"""

from .codec import decode, encode
from .conversation import FROM_WORKER, Conversation, State
from .messages import (
    COMM_MESSAGES,
    LAST_ERROR,
    STATUSES,
    Answer,
    CommMessage,
    Ended,
    Enough,
    Failure,
    Finished,
    Frame,
    Heard,
    Hello,
    InputReply,
    InputRequest,
    Inquiry,
    Message,
    NamesReply,
    NamesRequest,
    Outcome,
    Prepare,
    Prepared,
    Publish,
    Published,
    Refusal,
    Shipment,
    Start,
)

__all__ = [
    "COMM_MESSAGES", "FROM_WORKER", "LAST_ERROR", "STATUSES", "Answer", "CommMessage", "Conversation", "Ended",
    "Enough", "Failure", "Finished", "Frame", "Heard", "Hello", "InputReply", "InputRequest", "Inquiry", "Message",
    "NamesReply", "NamesRequest", "Outcome", "Prepare", "Prepared", "Publish", "Published", "Refusal", "Shipment",
    "Start", "State", "decode", "encode",
]  # fmt: skip
