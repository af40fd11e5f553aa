from signals.emitter import Emitter

__all__ = ["Emitter"]
