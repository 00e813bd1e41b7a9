"""Documents generated from the specification, the proofs and their last run: `tmem docs`."""
