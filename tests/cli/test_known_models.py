"""What the user says of models: it reaches the request, the list of models and the edit tool."""

from __future__ import annotations

import json
from typing import Any

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Freeform, Say, Step

DONE = Step(items=[Say("done")])


def tools(program: Program) -> dict[str, str]:
    return {tool["name"]: tool["type"] for tool in program.asked()["tools"]}


def test_described_model_gets_its_window_its_efforts_and_its_tools(program: Program) -> None:
    program.config.write_text(
        program.config.read_text()
        + '\n[models."mock/own"]\ncontext_window = 1000000\nedit_format = "replace"\n'
        'reasoning_efforts = ["low", "max"]\ndefault_effort = "max"\nwithout_tools = ["update_plan"]\n'
        '[models.own]\nedit_format = "freeform"\n'
    )
    program.provider.script(DONE, DONE)
    assert "metadata" not in program.exec("-m", "mock/own", "x").stderr
    assert set(tools(program)) == {"edit_file", "exec_command", "write_stdin"}
    assert program.asked()["reasoning"] == {"effort": "max"}
    assert "Edit with edit_file" in program.asked()["instructions"]
    assert "metadata for `other`" in program.exec("-m", "other", "x").stderr
    assert tools(program)["apply_patch"] == "function"


def test_model_that_replaces_text_may_patch_from_habit(program: Program) -> None:
    (program.work / "f").write_text("one\n")
    text = "*** Begin Patch\n*** Update File: f\n@@\n-two\n+three\n*** End Patch"
    program.provider.script(
        Step(items=[Call("edit_file", {"path": "f", "old_text": "one", "new_text": "two"})]),
        Step(items=[Freeform("apply_patch", text)]),
        DONE,
    )
    said = program.exec(
        "-s", "workspace-write", "-c", 'models={"gpt-5.5"={edit_format="replace"}}', "x"
    )
    assert said.returncode == 0
    assert (program.work / "f").read_text() == "three\n"


def test_catalog_file_of_the_reference_describes_models(program: Program) -> None:
    entry: dict[str, Any] = {
        "slug": "own",
        "context_window": 500_000,
        "apply_patch_tool_type": "freeform",
        "supported_reasoning_levels": [{"effort": "low", "description": "quick"}],
        "default_reasoning_level": "low",
        "input_modalities": ["text"],
        "unheard_of": {},
    }
    file = program.home / "catalog.json"
    file.write_text(json.dumps({"models": [entry]}))
    named = ["-c", 'model_catalog_json="catalog.json"']
    program.provider.script(DONE)
    assert "metadata" not in program.exec(*named, "-m", "own", "x").stderr
    assert tools(program)["apply_patch"] == "custom"
    assert "view_image" not in tools(program)
    file.write_text('{"models": [{}]}')
    failed = program.exec(*named, "x")
    assert failed.returncode == 1
    assert "in model_catalog_json: name a JSON file such as" in failed.stderr


def test_size_that_is_none_is_refused(program: Program) -> None:
    failed = program.exec("-c", 'models={"own"={context_window=0}}', "-m", "own", "x")
    assert failed.returncode == 1
    assert '0 is no size, in models."own".context_window' in failed.stderr
    failed = program.exec("-c", "models={own={price={input=1}}}", "-m", "own", "x")
    assert 'this is no price, in models."own".price: give input and output' in failed.stderr
    price = "{input=1, output=1, long={input=2, output=2}}"
    failed = program.exec("-c", f"models={{own={{price={price}}}}}", "-m", "own", "x")
    assert 'this is no price, in models."own".price.long: ' in failed.stderr
    assert "and above_tokens" in failed.stderr
