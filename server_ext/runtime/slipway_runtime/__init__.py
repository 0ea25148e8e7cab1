"""Serves a bundle: the front (HTTP) and the worker (the model), and what both know of a bundle."""
