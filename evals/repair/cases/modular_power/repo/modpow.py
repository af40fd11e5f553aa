def mod_power(base, exponent, modulus):
    """base ** exponent modulo modulus, for exponent >= 0."""
    result = 1 % modulus
    base %= modulus
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = result * base % modulus
        exponent >>= 1
    return result
