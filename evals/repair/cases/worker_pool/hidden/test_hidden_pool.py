import time

from pool import run_all


def test_counts():
    assert run_all([["false"]] * 3 + [["true"]] * 4, at_once=3) == 4


def test_waits_for_the_slow():
    assert run_all([["sleep", "0.2"]] * 2) == 2


def test_limit(tmp_path):
    script = 'echo + >> "$0"; sleep 0.05; echo - >> "$0"'
    log = tmp_path / "log"
    assert run_all([["sh", "-c", script, str(log)]] * 6, at_once=2) == 6
    running = highest = 0
    for line in log.read_text().split():
        running += 1 if line == "+" else -1
        highest = max(highest, running)
    assert highest <= 2
