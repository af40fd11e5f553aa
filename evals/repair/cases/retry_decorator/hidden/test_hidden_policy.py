from resilient.policy import Policy


def test_delays():
    for attempts in range(1, 12):
        policy = Policy(attempts, first_delay=0.5, factor=3.0, longest_delay=20.0)
        expected, delay = [(1, 0.0)], 0.5
        for number in range(2, attempts + 1):
            expected.append((number, delay))
            delay = min(delay * 3.0, 20.0)
        assert list(policy.delays()) == expected


def test_none():
    assert list(Policy(0).delays()) == []
