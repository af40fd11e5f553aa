import pytest

from signals import Emitter


@pytest.fixture
def emitter():
    return Emitter()


def test_on(emitter):
    heard = []
    emitter.on("go", heard.append)
    emitter.emit("go", 1)
    emitter.emit("go", 2)
    assert heard == [1, 2]


def test_once(emitter):
    heard = []
    emitter.once("go", heard.append)
    assert emitter.emit("go", 1) == 1
    assert emitter.emit("go", 2) == 0
    assert heard == [1]


def test_once_then_on(emitter):
    heard = []
    emitter.once("go", lambda value: heard.append(-value))
    emitter.on("go", heard.append)
    emitter.emit("go", 1)
    emitter.emit("go", 2)
    assert heard == [-1, 1, 2]
    assert emitter.count("go") == 1
