"""Benchmarks, run by hand: ratios within one run against a floor. Nothing here is asserted by tests."""
