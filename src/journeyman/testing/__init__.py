"""The public test kit: real parts and scripted ones, and the invariants every run must keep."""
