"""Real runs held against the specification: our store driven call by call, and traces recorded from others."""
