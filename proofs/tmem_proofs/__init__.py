"""Why the implementation does what the specification says: the engine, the claims, and the command `tmem`."""
