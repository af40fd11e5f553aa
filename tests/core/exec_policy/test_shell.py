"""How a command line is read: parts, what is known of their words, and what stops the reading."""

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from journeyman.core.exec_policy import Request, Rules, judge
from journeyman.core.exec_policy.dangerous import find_danger
from journeyman.core.exec_policy.harmless import is_harmless
from journeyman.core.exec_policy.isolation import read_apart
from journeyman.core.exec_policy.script import UNREADABLE, Part, Script, Words, literal_words
from journeyman.core.exec_policy.shell import read_script
from journeyman.core.exec_policy.suspicion import is_suspect

FRAGMENTS = st.sampled_from(
    [
        *(
            "ls",
            "rm",
            "-rf",
            "git",
            "a",
            "b=c",
            "--x",
            "find",
            "bash",
            "-c",
            "xargs",
            "sudo",
            "env",
        ),
        *(
            " ",
            " ",
            " ",
            "\n",
            "\t",
            ";",
            "&&",
            "||",
            "|",
            "&",
            "'",
            '"',
            "\\",
            "`",
            "$(",
            ")",
            "(",
        ),
        *(
            "$x",
            "${",
            "}",
            "{",
            "*",
            "~",
            "#",
            "!",
            "=",
            "<",
            ">",
            "2>&1",
            "/dev/null",
            "<<E\n",
            "E",
        ),
        *("if ", "; then ", "; fi", "f()", "$'", "\r", "\u2028", "\u3000", "é", "\0", "^", "=("),
    ]
)
SCRIPTS = st.lists(FRAGMENTS, max_size=14).map("".join)


def outside_quotes(text: str) -> tuple[str, str]:
    """What stands outside of all quotes, and what stands in double ones."""
    found = {"": "", '"': "", "'": ""}
    quote = ""
    for sign in text:
        if sign == quote or (not quote and sign in "'\""):
            quote = "" if quote else sign
        else:
            found[quote] += sign
    return found[""], found['"']


def test_script_is_read_as_its_parts_when_all_words_are_literal() -> None:
    script = read_script(
        'cd a && ls -l "b c" | wc -l 2>&1; (git log HEAD~1 >/dev/null) || ! x"y"\'$z\''
    )
    assert script.obstacle == ""
    assert script.parts == (
        Part(literal_words("cd", "a")),
        Part(literal_words("ls", "-l", "b c")),
        Part(literal_words("wc", "-l")),
        Part(literal_words("git", "log", "HEAD~1")),
        Part(literal_words("xy$z")),
    )


def test_wrappers_are_unwrapped_and_tell_when_they_change_the_command() -> None:
    script = read_script(
        "timeout -s KILL 5 nice ls; sudo -u me bash -lc 'a b'; x | xargs -n 1 rm -f"
    )
    shell = literal_words("sudo", "-u", "me", "bash", "-lc", "a b")
    assert script.obstacle == ""
    assert script.parts == (
        Part(
            literal_words("ls"),
            (
                literal_words("timeout", "-s", "KILL", "5", "nice", "ls"),
                literal_words("nice", "ls"),
            ),
        ),
        Part(
            literal_words("a", "b"),
            (shell, literal_words("bash", "-lc", "a b")),
            "it runs as another user",
        ),
        Part(literal_words("x")),
        Part(
            Words(("rm", "-f", "{}"), 2),
            (literal_words("xargs", "-n", "1", "rm", "-f"),),
            "xargs adds words",
        ),
    )


@pytest.mark.parametrize(
    ("text", "obstacle"),
    [
        ("echo $(id)", "it has a word that is not literal: $(id)"),
        ("echo `id`", "it has a word that is not literal: `id`"),
        ("find . -delet\\e", "it has a word that is not literal: -delet\\e"),
        ("ls a\\\n b", "it continues lines or has text that cannot be read"),
        ("ls *.py", "it has a word that is not literal: *.py"),
        ("cat ~/x", "it has a word that is not literal: ~/x"),
        ("ls =x", "it has a word that is not literal: =x"),
        ("X=1 ls", "it uses a variable assignment"),
        ("ls > out", "it writes to out"),
        ("ls 2>>out", "it writes to out"),
        ("cat < /dev/tcp/h/1", "it reads from /dev/tcp/h/1"),
        ("cat <<E\nx\nE\n", "it uses a here-document"),
        ("cat <(id)", "it has a word that is not literal: <(id)"),
        ("ls &", "it uses a background job"),
        ("ls # x", "it uses a comment"),
        ("f() { ls; }", "it uses a function"),
        ("ls\r", "it has the character U+000D"),
        ("ls\u2028id", "it has the character U+2028"),
        ("ls \u202ex", "it has the character U+202E"),
        ("for x in a; do ls; done", "it uses for statement"),
        ("ls 'a", "it has syntax that cannot be read"),
        ("bash -c 'ls $x'", "it has a word that is not literal: $x"),
        ('bash -c "$x"', 'it has a word that is not literal: "$x"'),
    ],
)
def test_script_has_an_obstacle_when_it_is_more_than_its_parts(text: str, obstacle: str) -> None:
    assert read_script(text).obstacle == obstacle


def test_any_rule_may_be_about_a_script_when_it_cannot_be_read_whole() -> None:
    nested = 'echo "' + "$(" * 300 + "ls" + ")" * 300 + '"'
    for text in ("a" * 200_001, "{ " * 3000 + "ls" + "; }" * 3000, nested, "ls;" * 2_002, "ls '"):
        script = read_script(text)
        assert script.obstacle
        assert any(part.words.known == 0 for part in script.parts)


@example("sudo'ls")
@given(SCRIPTS | st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_judged_and_harmless_ones_hold_nothing_active(text: str) -> None:
    script = read_script(text)
    if is_harmless(script):
        bare, in_double_quotes = outside_quotes(text)
        assert not set(bare) & set("\\$`*?[#\r\0")
        assert not set(in_double_quotes) & set("\\$`")
    if find_danger(script, text):
        assert is_suspect(text)
    for policy in ("untrusted", "on-request", "never"):
        request = Request(argv=("bash", "-c", text), approval_policy=policy, confined=True)
        assert not judge(request, Rules()).lift_sandbox


@given(st.lists(FRAGMENTS, min_size=1, max_size=8).map(lambda words: "printf " + "".join(words)))
@settings(max_examples=100, deadline=None)
def test_words_are_those_that_bash_sees_when_they_are_known(text: str) -> None:
    script = read_script(text)
    if script.obstacle or len(script.parts) != 1 or script.parts[0].around:
        return
    texts = script.parts[0].words.texts
    if texts[0] != "printf":
        return
    tail = text.removeprefix("printf")
    # were the reader wrong, this would run words of the text: restricted, and without any program
    done = subprocess.run(
        ["/bin/bash", "-rc", f"set -- {tail}\nprintf '%s\\0' x \"$@\""],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nowhere"},
    )
    if "<" not in tail and ">" not in tail and "(" not in tail and "!" not in tail:
        assert done.stdout.split("\0")[1:-1] == list(texts[1:])


def test_parser_is_not_imported_when_nothing_needs_it() -> None:
    code = """
import sys
from journeyman.core.exec_policy import Request, Rules, judge
for policy in ("never", "on-request"):
    for text in ("npm test && git commit -m x", "cat > a.py <<'E'\\nprint(1)\\nE\\n"):
        request = Request(argv=("bash", "-c", text), approval_policy=policy, confined=True)
        assert judge(request, Rules()).verdict == "run"
print({"tree_sitter", "journeyman.core.exec_policy.verdict"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_parser_that_dies_or_stalls_costs_only_its_answer() -> None:
    why = "it cannot be read"
    unreadable = Script((UNREADABLE,), why, other_obstacle=why)

    def die() -> Script:
        os.kill(os.getpid(), signal.SIGKILL)
        return unreadable

    def fail() -> Script:
        raise MemoryError

    assert [read_apart(die), read_apart(fail)] == [unreadable, unreadable]
    whole = Script((Part(literal_words("ls", "-l")),))
    assert read_apart(lambda: whole) == whole
