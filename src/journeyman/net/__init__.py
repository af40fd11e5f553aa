"""The network floor: the one place that opens connections to other hosts."""
