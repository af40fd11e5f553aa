def sort_rows(rows, keys):
    """Sort dicts by several (name, "asc" or "desc") keys; rows without a value come last."""
    name, direction = keys[0]
    return sorted(rows, key=lambda row: row[name], reverse=direction == "desc")
