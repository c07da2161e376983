"""What Jupyter starts: ``python -m isokernel.launcher -f connection-file``.

``-m`` puts the working directory first on ``sys.path``. A notebook's neighbour called ``random.py`` must not become
the kernel's own ``random``, so it is taken out before anything is imported, as ipykernel's launcher does; IPython puts
it back for the notebook.
"""

import os
import sys


def main() -> None:
    """Run the kernel until it is shut down."""
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]

    from ipykernel.kernelapp import IPKernelApp

    from isokernel.kernel import IsoKernel

    IPKernelApp.launch_instance(kernel_class=IsoKernel)


if __name__ == "__main__":
    main()
