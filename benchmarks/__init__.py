"""Speed and retrieval benchmarks, run by hand; they inform, they do not pass or fail."""
