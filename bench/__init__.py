"""Measurements of tmem beside its peers, and the page that holds them against their targets: `make bench`."""
