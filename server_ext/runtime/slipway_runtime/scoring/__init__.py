"""What happens to samples in the model's process: standard library only, Python 3.6 to 3.14.

worker.py loads this package by its path, in the interpreter of the model's environment; the front and the
builder import it as `slipway_runtime.scoring`.
"""
