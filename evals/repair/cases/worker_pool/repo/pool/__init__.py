from pool.runner import run_all

__all__ = ["run_all"]
