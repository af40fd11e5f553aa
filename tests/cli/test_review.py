"""`jm review` and `jm exec review` from the outside: targets, forms of the answer, wrong usage."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import jsonschema
import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

TITLE = "[P1] Bug here"


def _found(program: Program) -> dict[str, Any]:
    place = {
        "absolute_file_path": f"{program.work}/src dir/a.py",
        "line_range": {"start": 1, "end": 2},
    }
    outside = {"absolute_file_path": "/etc/x", "line_range": {"start": 3, "end": 3}}
    finding = {"title": TITLE, "body": "It breaks", "confidence_score": 0.9, "priority": 1}
    return {
        "findings": [
            {**finding, "code_location": place},
            {**finding, "title": "Two", "priority": None, "code_location": outside},
        ],
        "overall_correctness": "patch is incorrect",
        "overall_explanation": "EXPL",
        "overall_confidence_score": 0.8,
    }


@pytest.fixture
def repository(program: Program) -> Program:
    script = """
    git init -q -b main .; git config user.name n; git config user.email e
    echo 1 >a; git add a; git commit -qm first; git checkout -qb feature; echo 2 >a; git commit -qam second
    """
    subprocess.run(["/bin/sh", "-ec", script], cwd=program.work, check=True)
    return program


def _review(program: Program, *args: str) -> subprocess.CompletedProcess[str]:
    program.provider.script(Step(items=[Say(json.dumps(_found(program)))]))
    return program.run(*args)


def _sha(program: Program, name: str) -> str:
    done = subprocess.run(
        ["git", "rev-parse", name], cwd=program.work, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


@pytest.mark.parametrize("command", [("review",), ("exec", "review")])
def test_review_prints_the_findings_as_text(repository: Program, command: tuple[str, ...]):
    done = _review(repository, *command, "--uncommitted")
    work = repository.work
    assert done.returncode == 0
    assert done.stdout == (
        f"EXPL\n\nFull review comments:\n\n- {TITLE} — {work}/src dir/a.py:1-2\n  It breaks\n\n"
        "- Two — /etc/x:3-3\n  It breaks\n"
    )
    assert "review of the current changes" in done.stderr
    assert "sandbox: read-only" in done.stderr


def test_review_asks_about_what_was_named_by_its_hash(repository: Program):
    assert _review(repository, "review", "--base", "main").returncode == 0
    assert f"`git diff {_sha(repository, 'main')}`" in repository.user_texts()[-1]
    assert _review(repository, "review", "--commit", "HEAD", "--title", "T").returncode == 0
    assert f"commit {_sha(repository, 'HEAD')}" in repository.user_texts()[-1]
    assert _review(repository, "review", "look for races").returncode == 0
    assert repository.user_texts()[-1] == "look for races"


def test_review_prints_the_findings_as_json(repository: Program):
    done = _review(repository, "review", "--json", "--uncommitted")
    assert json.loads(done.stdout) == _found(repository)


def test_exec_review_prints_events_as_json_lines(repository: Program):
    done = _review(repository, "exec", "review", "--json", "--uncommitted")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    messages = [
        e["item"]["text"] for e in events if e.get("item", {}).get("type") == "agent_message"
    ]
    assert [text.split("\n")[0] for text in messages] == ["EXPL"]
    assert events[-1]["type"] == "turn.completed"


def test_review_prints_the_findings_as_sarif(repository: Program):
    log = json.loads(_review(repository, "review", "--sarif", "--uncommitted").stdout)
    jsonschema.validate(log, SARIF)
    (run,) = log["runs"]
    places = [
        result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]
    ]
    assert places == [
        {"uri": "src%20dir/a.py", "uriBaseId": "ROOT"},
        {"uri": "file:///etc/x"},
    ]
    assert run["originalUriBaseIds"]["ROOT"]["uri"] == f"file://{repository.work}/"
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("P1", "error"),
        ("P2", "warning"),
    ]


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["review"], 2, "say what to review"),
        (["exec", "review"], 2, "say what to review"),
        (["review", "--uncommitted", "--base", "main"], 2, "exclude one another"),
        (["review", "--uncommitted", "and this"], 2, "exclude one another"),
        (["review", "--base", "main", "--title", "T"], 2, "--title belongs to --commit"),
        (["exec", "--base", "main", "do"], 2, "belong to `jm exec review`"),
        (["review", "--base", "nope"], 1, "there is no branch or commit 'nope'"),
        (["review", "--base=--upload-pack=x"], 1, "cannot be the name of a branch or commit"),
        (["review", "--commit", "$(touch evil)"], 1, "there is no branch or commit"),
    ],
)
def test_review_refuses_what_it_cannot_review(
    repository: Program, args: list[str], code: int, told: str
):
    done = repository.run(*args)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert repository.provider.requests == []
    assert not (repository.work / "evil").exists()


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


_TEXT = {"type": "string", "minLength": 1}
_MESSAGE = _object("text", text=_TEXT)
_BAG = {"type": "object"}
_LINE = {"type": "integer", "minimum": 1}
# The part of the published schema that is used here, in words of our own: any member beside it is a mistake.
SARIF = _object(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": _object(
            "tool",
            tool=_object(
                "driver",
                driver=_object(
                    "name",
                    name=_TEXT,
                    version=_TEXT,
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": _object("id", id=_TEXT, shortDescription=_MESSAGE),
                    },
                ),
            ),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            originalUriBaseIds={
                "type": "object",
                "additionalProperties": _object("uri", uri={"type": "string", "pattern": "/$"}),
            },
            results={
                "type": "array",
                "items": _object(
                    "message",
                    message=_MESSAGE,
                    ruleId=_TEXT,
                    ruleIndex={"type": "integer", "minimum": -1},
                    level={"enum": ["none", "note", "warning", "error"]},
                    rank={"type": "number", "minimum": -1, "maximum": 100},
                    locations={
                        "type": "array",
                        "items": _object(
                            "",
                            physicalLocation=_object(
                                "artifactLocation",
                                artifactLocation=_object(
                                    "uri",
                                    uri={"type": "string", "format": "uri-reference"},
                                    uriBaseId=_TEXT,
                                ),
                                region=_object("", startLine=_LINE, endLine=_LINE),
                            ),
                        ),
                    },
                ),
            },
            properties=_BAG,
        ),
    },
)
