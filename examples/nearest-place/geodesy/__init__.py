"""Distances and directions on a round earth. Positions are (latitude, longitude) in degrees."""

from .sphere import bearing, distance_km

__all__ = ["bearing", "distance_km"]
