"""FastGPU for Python: so far, an independent checker of ledgers."""
