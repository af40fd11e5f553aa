import itertools

from signals import Emitter


def test_every_mixture():
    for kinds in itertools.product((True, False), repeat=4):
        emitter, heard = Emitter(), []
        for number, once in enumerate(kinds):
            register = emitter.once if once else emitter.on
            register("x", lambda number=number: heard.append(number))
        stay = [n for n, once in enumerate(kinds) if not once]
        assert emitter.emit("x") == 4
        assert heard == [0, 1, 2, 3]
        del heard[:]
        assert emitter.emit("x") == len(stay)
        assert heard == stay
        assert emitter.emit("other") == 0
