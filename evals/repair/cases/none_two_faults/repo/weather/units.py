def to_celsius(degrees):
    return (degrees - 32) * 9 / 5
