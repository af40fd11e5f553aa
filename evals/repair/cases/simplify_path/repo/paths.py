def simplify(path):
    """Canonical form of an absolute slash-separated path.

    "." means here, ".." means one up (the root is above itself).
    """
    kept = []
    for part in path.split("/"):
        if part == "..":
            kept.pop()
        elif part and part != ".":
            kept.append(part)
    return "/" + "/".join(kept)
