"""What machines read of a proof run: JUnit XML, SARIF, and what GitHub shows. Each is made from a `Proof` alone."""
