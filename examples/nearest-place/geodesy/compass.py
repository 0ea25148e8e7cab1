"""Directions in words."""

NAMES = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def direction(degrees_from_north):
    """The nearest of the eight directions of the compass."""
    step = 360 / len(NAMES)
    return NAMES[round(degrees_from_north / step) % len(NAMES)]
