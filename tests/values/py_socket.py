"""An open socket is refused."""

EXPECT = "refused"
REFUSAL = ["value", "conn", "socket"]
NAMES = ["value"]
MAKE = """
import socket, types

a, b = socket.socketpair()
value = types.SimpleNamespace(conn=a, peer=b)
"""
CHECK = ""
