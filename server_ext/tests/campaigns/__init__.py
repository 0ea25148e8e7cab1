"""Fault campaigns against a running service, each with its size as parameters.

`test_runtime_faults.py` runs a small part of each and asserts what is right; `benchmarks/chaos` runs the whole
and prints the times.
"""
