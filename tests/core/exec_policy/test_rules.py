"""Rules files: what is read, what is refused with file and line, what matches; the reference as oracle."""

import json
import subprocess
from pathlib import Path

import pytest

from journeyman.core.exec_policy import Rules, check_command
from journeyman.core.exec_policy.rules_file import append_allow_rule, load_rules
from journeyman.core.exec_policy.rules_text import RulesError, parse_rules
from journeyman.core.exec_policy.script import Words

# installed by `make bench`
REFERENCE = sorted(
    (Path(__file__).parents[3] / ".cache" / "bench").glob(
        "node_modules/@openai/codex-*/vendor/*/bin/codex"
    )
)
PARAMETERS = "it has pattern, decision, match, not_match, justification"
FUNCTIONS = "use prefix_rule, host_executable or network_rule"
CALLS = (
    "prefix_rule, host_executable and network_rule with literal arguments may stand in a rules file"
)


def rules(text: str) -> Rules:
    return parse_rules([("my.rules", text)])


def test_rules_match_by_prefix_and_alternatives_and_the_strictest_wins() -> None:
    parsed = rules(
        '"""Mine."""\n'
        'prefix_rule(pattern=["git", ["push", "fetch"]], decision="prompt", justification="why")\n'
        'prefix_rule(["git"])  # a comment\n'
        'prefix_rule(["git", "push", "--force"], "forbidden")\n'
    )
    assert check_command(parsed, ["git", "push", "--force", "x"]) == {
        "matchedRules": [
            {
                "prefixRuleMatch": {
                    "matchedPrefix": ["git", "push"],
                    "decision": "prompt",
                    "justification": "why",
                }
            },
            {"prefixRuleMatch": {"matchedPrefix": ["git"], "decision": "allow"}},
            {
                "prefixRuleMatch": {
                    "matchedPrefix": ["git", "push", "--force"],
                    "decision": "forbidden",
                }
            },
        ],
        "decision": "forbidden",
    }
    assert check_command(parsed, ["hg", "push"]) == {"matchedRules": []}
    assert check_command(parsed, ["/usr/bin/git"]) == {"matchedRules": []}


def test_rules_take_a_path_for_a_name_only_when_it_is_listed() -> None:
    listed = rules('host_executable(name="git", paths=["/opt/bin/git"])\nprefix_rule(["git"])')
    found = {"matchedPrefix": ["git"], "decision": "allow", "resolvedProgram": "/opt/bin/git"}
    assert check_command(listed, ["/opt/bin/git", "x"], resolve=True) == {
        "matchedRules": [{"prefixRuleMatch": found}],
        "decision": "allow",
    }
    assert check_command(listed, ["/usr/bin/git", "x"], resolve=True) == {"matchedRules": []}


@pytest.mark.parametrize(
    ("words", "known", "found"),
    [
        (("git", "push"), 2, True),
        (("./git", "push"), 2, True),
        (("git", "pull"), 2, False),
        (("git", "$X"), 1, True),
        (("git",), 1, False),
        (("$X", "pull"), 0, True),
        (("git", "status", "$X"), 2, False),
    ],
)
def test_restrictions_count_unknown_words_as_a_match(
    words: tuple[str, ...], known: int, found: bool
) -> None:
    parsed = rules('prefix_rule(["git", "push"], "forbidden")')
    assert bool(parsed.restrictions(Words(words, known))) is found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nprefix_rule(pattern=[])", "my.rules:2: pattern must not be empty"),
        ("prefix_rule()", "my.rules:1: prefix_rule needs a pattern"),
        ('prefix_rule("git")', "my.rules:1: pattern must be a list"),
        (
            'prefix_rule(["git", []])',
            "my.rules:1: an entry of pattern must be a text or a list of texts that is not empty",
        ),
        (
            'prefix_rule(["git"], "deny")',
            "my.rules:1: decision is 'deny'; use allow, prompt or forbidden",
        ),
        ('prefix_rule(["git"], justification=" ")', "my.rules:1: justification must not be empty"),
        (
            'prefix_rule(["git"], match=["hg x"])',
            "my.rules:1: the match example `hg x` does not match",
        ),
        (
            'prefix_rule(["git"], not_match=[["git", "a b"]])',
            "my.rules:1: the not_match example `git 'a b'` matches",
        ),
        (
            'prefix_rule(["git"], match=["git \\"x"])',
            "my.rules:1: the match example 'git \"x': No closing quotation",
        ),
        (
            'prefix_rule(["git"], extra=1)',
            f"my.rules:1: prefix_rule has no argument extra; {PARAMETERS}",
        ),
        ('prefix_rule(["git"], pattern=["x"])', "my.rules:1: pattern is given twice"),
        (
            'prefix_rule([open("x")])',
            "my.rules:1: pattern must be literal: texts and lists of texts",
        ),
        (
            '__import__("os").system("id")',
            f"my.rules:1: there is no function __import__('os').system; {FUNCTIONS}",
        ),
        (
            "for x in []: pass",
            f"my.rules:1: only calls of {CALLS}",
        ),
        ('prefix_rule(["git"]', "my.rules:1: '(' was never closed"),
        (
            'host_executable(name="git", paths=["git"])',
            "my.rules:1: path git must be absolute and end in /git",
        ),
        (
            'host_executable(name="/x/git", paths=[])',
            "my.rules:1: name must be the bare name of a program, such as git",
        ),
        (
            'network_rule(host="*.x", protocol="https", decision="allow")',
            "my.rules:1: host must be the exact name of a host, such as pypi.org",
        ),
        (
            'network_rule(host="x.org", protocol="ftp", decision="allow")',
            "my.rules:1: protocol must be http or https",
        ),
        (
            'network_rule(host="x.org", protocol="https", decision="maybe")',
            "my.rules:1: decision must be allow, prompt or deny",
        ),
        ("(" * 5000, "my.rules:1: too many nested parentheses"),
        ("\0", "my.rules:1: source code string cannot contain null bytes"),
    ],
)
def test_rules_name_file_and_line_when_a_rule_is_wrong(text: str, message: str) -> None:
    with pytest.raises(RulesError) as caught:
        rules(text)
    assert str(caught.value).replace("this is not a rules file: ", "") == message


def test_appended_rule_allows_the_prefix_and_keeps_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules" / "default.rules"
    odd = ["echo", 'a "b" \\ \n', "é\u2028", "'"]
    append_allow_rule(path, ["ls"])
    path.write_bytes(b'# mine\nprefix_rule(["x"], "prompt")')
    append_allow_rule(path, odd)
    append_allow_rule(path, odd)

    text = path.read_text(encoding="utf-8")
    assert text.startswith('# mine\nprefix_rule(["x"], "prompt")\nprefix_rule(pattern=["echo", ')
    assert text.count("\n") == 3
    loaded = load_rules([tmp_path / "rules", tmp_path / "missing"])
    assert [match.decision for match in loaded.matches(odd)] == ["allow"]
    assert [match.decision for match in loaded.matches(["x"])] == ["prompt"]
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_appended_rule_needs_words_that_a_file_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "default.rules"
    for prefix in ([], ["\ud800"]):
        with pytest.raises(ValueError, match=r"word|surrogates"):
            append_allow_rule(path, prefix)
    assert not path.exists()


ORACLE = [
    'prefix_rule(pattern=["git",["push","fetch"]], decision="prompt", justification="why")',
    'prefix_rule(["git"])\nprefix_rule(["git","push"], "forbidden", justification=" no ")',
    'prefix_rule(["a","b"])\nprefix_rule([["a","b"]], "prompt")\nprefix_rule(["a"])',
    'prefix_rule(["git"])\nhost_executable(name="git", paths=["/usr/bin/git"])',
    'prefix_rule(["git"])\nhost_executable(name="git", paths=[])',
    'prefix_rule(["/usr/bin/git"], "prompt")\nprefix_rule(["git"])',
    'prefix_rule(["git"], match=["/usr/bin/git x", ["git", "y z"]], not_match=["hg"])',
    'prefix_rule(["git"], match=["hg"])',
    'prefix_rule(["git"], not_match=["/usr/bin/git x"])',
    'prefix_rule(["git"], "Allow")',
    'prefix_rule([""])',
    'prefix_rule(("git",))',
    'prefix_rule(["git"], match=[[]])',
    "",
]
COMMANDS = [["git", "push", "x"], ["/usr/bin/git", "push"], ["a", "b", "c"], ["git"]]


@pytest.mark.real
@pytest.mark.skipif(not REFERENCE, reason="the reference program is not installed (make bench)")
@pytest.mark.parametrize("resolve", [False, True])
@pytest.mark.parametrize("text", ORACLE)
def test_check_agrees_with_the_reference(text: str, resolve: bool, tmp_path: Path) -> None:
    file = tmp_path / "x.rules"
    file.write_text(text, encoding="utf-8")
    for command in COMMANDS:
        options = ["--resolve-host-executables"] if resolve else []
        done = subprocess.run(
            [REFERENCE[0], "execpolicy", "check", "--rules", file, *options, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            ours = check_command(rules(text), command, resolve=resolve)
        except RulesError:
            ours = None
        assert ours == (json.loads(done.stdout) if done.returncode == 0 else None)
