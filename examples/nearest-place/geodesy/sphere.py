"""The earth as a sphere, which is right to half a per cent."""

from math import asin, atan2, cos, degrees, radians, sin, sqrt

RADIUS_KM = 6371.0088
"""The mean radius of the earth."""


def distance_km(start, end):
    """Along the great circle, by the haversine formula, which is exact for near points too."""
    (latitude, longitude), (other_latitude, other_longitude) = _radians(start), _radians(end)
    across = sin((other_longitude - longitude) / 2) ** 2
    along = sin((other_latitude - latitude) / 2) ** 2
    share = along + cos(latitude) * cos(other_latitude) * across
    return 2 * RADIUS_KM * asin(sqrt(min(1.0, share)))


def bearing(start, end):
    """The direction in which one sets out from `start` to get to `end`: degrees from north, clockwise, below 360."""
    (latitude, longitude), (other_latitude, other_longitude) = _radians(start), _radians(end)
    turn = other_longitude - longitude
    east = sin(turn) * cos(other_latitude)
    north = cos(latitude) * sin(other_latitude) - sin(latitude) * cos(other_latitude) * cos(turn)
    return degrees(atan2(east, north)) % 360


def _radians(position):
    return tuple(radians(angle) for angle in position)
