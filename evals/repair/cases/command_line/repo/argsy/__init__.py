from argsy.parser import parse

__all__ = ["parse"]
