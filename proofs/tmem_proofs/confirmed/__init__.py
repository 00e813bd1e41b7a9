"""A second opinion: CrossHair, through its API, on the arithmetic and the small methods of the shipped source."""
