"""What the commands of `slipway` do, and how it looks on a terminal."""
