import functools
import time

from resilient.policy import Policy


class GaveUp(Exception):
    pass


def retry(attempts, *, on=Exception, sleep=time.sleep, **options):
    policy = Policy(attempts, **options)

    def wrap(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            last = None
            for _, delay in policy.delays():
                if delay:
                    sleep(delay)
                try:
                    return function(*args, **kwargs)
                except on as error:
                    last = error
            raise GaveUp(function.__name__) from last

        return call

    return wrap
