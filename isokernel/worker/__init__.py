"""The child's world. Nothing here is imported by the host, but by name for a process to start with.

Imagine living here: you are a copy of a process that has imported TensorFlow and run nothing. You are told one cell,
its inputs and what it must leave; everything else that you touch (modules, threads, devices, the environment) dies
with you a moment later, so you clean up nothing that the system takes back by itself.
"""
