"""Which GPUs there are for a notebook, and who has them: leases, shared by all notebooks and users of a host.

`nvml` asks the driver, `discovery` says which devices this process was given, `folder` has the files that all share,
`locks` what is held by whom and who is next, and `lease` takes devices for one run. No device is ever opened here.
"""

from .discovery import Device, Devices, Wanted, chosen, parse_gpus
from .folder import VARIABLE, Folder, Unusable, reach
from .lease import Lease, Request, Waiting, share
from .locks import Holder, clear, holder

__all__ = [
    "VARIABLE",
    "Device",
    "Devices",
    "Folder",
    "Holder",
    "Lease",
    "Request",
    "Unusable",
    "Waiting",
    "Wanted",
    "chosen",
    "clear",
    "holder",
    "parse_gpus",
    "reach",
    "share",
]
