from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.tools.schema import SchemaError, fit, in_stable_form

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "minLength": 1},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "ratio": {"type": "number"},
        "deep": {"$ref": "#/$defs/node"},
        "kind": {"enum": ["a", "b"]},
        "flag": {"type": ["boolean", "null"]},
        "either": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "many": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
    "required": ["text"],
    "additionalProperties": False,
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"next": {"$ref": "#/$defs/node"}, "n": {"type": "integer"}},
            "additionalProperties": {"type": "integer"},
        }
    },
}


@pytest.mark.parametrize(
    ("given", "fitted"),
    [
        ({"text": "x"}, {"text": "x"}),
        ({"text": "x", "count": "3", "ratio": "0.5"}, {"text": "x", "count": 3, "ratio": 0.5}),
        ({"text": "x", "count": 3.0, "kind": None}, {"text": "x", "count": 3}),
        ({"text": "x", "flag": None}, {"text": "x", "flag": None}),
        ({"text": "x", "flag": "true"}, {"text": "x", "flag": True}),
        ({"text": "x", "many": '["a"]'}, {"text": "x", "many": ["a"]}),
        ({"text": "x", "either": ["a"]}, {"text": "x", "either": ["a"]}),
        (
            {"text": "x", "deep": '{"next": {"n": "1"}}'},
            {"text": "x", "deep": {"next": {"n": 1}}},
        ),
    ],
)
def test_arguments_that_fit_or_mean_one_thing_are_taken(
    given: dict[str, Any], fitted: dict[str, Any]
) -> None:
    assert fit(given, SCHEMA) == fitted


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "missing required argument `text`"),
        ({"text": None}, "text must be a string, not null"),
        ({"text": 1}, "text must be a string, not 1"),
        ({"text": ""}, 'text is ""; minLength is 1'),
        ({"text": "x", "count": 10}, "count is 10; maximum is 9"),
        ({"text": "x", "count": "many"}, 'count must be an integer, not "many"'),
        ({"text": "x", "count": True}, "count must be an integer, not true"),
        ({"text": "x", "kind": "c"}, 'kind must be one of "a", "b", not "c"'),
        ({"text": "x", "many": ["a", "b", "c"]}, "many has 3 items; maxItems is 2"),
        ({"text": "x", "many": [1]}, "many[0] must be a string, not 1"),
        ({"text": "x", "either": 1}, "either must be a string, not 1"),
        ({"text": "x", "deep": {"next": {"n": "no"}}}, 'deep.next.n must be an integer, not "no"'),
        ({"text": "x", "deep": {"other": []}}, "deep.other must be an integer, not []"),
        (
            {"text": "x", "txt": 1},
            "unknown argument txt. The arguments are: text, count, ratio, deep, kind, flag, either, many",
        ),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, "and 1 more"),
    ],
)
def test_arguments_that_do_not_fit_are_told_with_their_place(
    given: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        fit(given, SCHEMA)
    assert str(caught.value).endswith(problem)


def test_schema_that_refers_to_itself_forever_allows_everything() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert fit({"x": 1}, schema) == {"x": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from([*SCHEMA["properties"], "x"]), json_values),
    st.dictionaries(st.sampled_from([*SCHEMA, "anyOf", "enum", "items"]), json_values),
)
def test_fitting_never_crashes_and_is_stable(value: dict[str, Any], schema: dict[str, Any]) -> None:
    for judged in (SCHEMA, schema):
        try:
            fitted = fit(value, judged)
        except SchemaError:
            continue
        assert fit(fitted, judged) == fitted


def test_stable_form_is_the_same_whatever_the_order() -> None:
    one, other = {"b": [{"d": 1, "c": 2}], "a": 1}, {"a": 1, "b": [{"c": 2, "d": 1}]}
    assert str(in_stable_form(one)) == str(in_stable_form(other)) == str(other)
