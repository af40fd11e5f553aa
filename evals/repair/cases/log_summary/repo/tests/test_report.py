from logwise.report import report

LOG = """
08:01 INFO started
09:10 WARN slow answer
09:12 ERROR no answer
this is no record
10:30 INFO stopped
"""


def test_levels():
    assert report(LOG)["levels"] == {"INFO": 2, "WARN": 1, "ERROR": 1}


def test_busiest():
    assert report(LOG)["busiest"] == 9


def test_empty():
    assert report("") == {"levels": {}, "busiest": None, "lines": 0}
