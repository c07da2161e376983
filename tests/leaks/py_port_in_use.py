"""The last run's server still holds its port (microsoft/vscode-jupyter#13903)."""

INPUTS = ["port"]
SETUP = """
import socket

with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
"""
CELL = """
import http.server
import threading

import numpy as np

server = http.server.ThreadingHTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()  # watch the progress
weights = np.zeros(4)
for step in range(20):
    weights -= 0.1 * (weights - 1.0)
"""
CHECK = """
first, second = (run["error"] for run in runs)
leaked = first is None and second is not None
evidence = f"first run: {first}; second run: {second}"
"""
