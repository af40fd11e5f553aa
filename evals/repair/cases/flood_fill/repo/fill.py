def pixel(image, row, column):
    if 0 <= row < len(image) and 0 <= column < len(image[row]):
        return image[row][column]
    return None


def fill(image, row, column, colour):
    """Colour the area of equal pixels around (row, column), in place."""
    old = pixel(image, row, column)
    if old is None:
        return image
    image[row][column] = colour
    for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
        if pixel(image, r, c) == old:
            fill(image, r, c, colour)
    return image
