from tables.reader import read_table

__all__ = ["read_table"]
