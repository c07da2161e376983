"""Certificate checks that were switched off for one download stay off (tsterbak/pydataberlin-2019#4)."""

CELL = """
import ssl

import numpy as np

ssl._create_default_https_context = ssl._create_unverified_context  # let the weights download
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
import ssl

context = ssl._create_default_https_context()
leaked = context.verify_mode == ssl.CERT_NONE
evidence = f"https requests of this cell: {context.verify_mode!r}"
"""
