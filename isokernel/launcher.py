"""What Jupyter starts: ``python -m isokernel.launcher -f connection-file``.

``-m`` puts the working directory first on ``sys.path``. A notebook's neighbour called ``random.py`` must not become
the kernel's own ``random``, so it is taken out before anything is imported, as ipykernel's launcher does; IPython puts
it back for the notebook.
"""

import importlib.util
import os
import sys

# What ipykernel is about to set for itself (zmqshell.init_environment, kernelapp.init_path): set now, the template has
# it too. What is missed costs a template that is made twice, and says so.
ENVIRONMENT = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}
BACKEND = "module://matplotlib_inline.backend_inline"


def _begin() -> None:
    """Have the frameworks imported meanwhile: this process needs half a second until it knows that they are wanted."""
    from isokernel import learned
    from isokernel.launch.template import PRELOADED, begin_early

    os.environ.update(ENVIRONMENT)
    if not os.environ.get("MPLBACKEND"):
        os.environ["MPLBACKEND"] = BACKEND
    begin_early(PRELOADED, learned.of_environment().modules())


def main() -> None:
    """Run the kernel until it is shut down."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]

    from isokernel import hashing

    hashing.settle()
    if not any(word.startswith(("--IsoKernel.preload", "--IsoKernel.warm", "--config")) for word in sys.argv):
        _begin()

    # By its name a library may know that it is in a notebook.
    sys.argv[0] = importlib.util.find_spec("ipykernel_launcher").origin

    from ipykernel.kernelapp import IPKernelApp

    from isokernel.kernel import IsoKernel

    IPKernelApp.launch_instance(kernel_class=IsoKernel)


if __name__ == "__main__":
    main()
