def longest_path(tree):
    """Edges on the longest path in a tree of nested tuples (children only)."""
    longest = 0

    def depth(node):
        nonlocal longest
        left = right = 0
        for child in node:
            below = depth(child)
            if below > left:
                left, right = below, left
            elif below > right:
                right = below
        longest = max(longest, left + right)
        return max(left, right)

    depth(tree)
    return longest
