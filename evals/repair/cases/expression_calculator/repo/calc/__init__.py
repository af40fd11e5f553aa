from calc.evaluate import calculate

__all__ = ["calculate"]
