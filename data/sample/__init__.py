"""A small press written for this project: invented outlets, generated from a seed, for the demo and for tests."""
