"""How rules, dangers and the approval policy combine into one judgement."""

import msgspec
import pytest

from journeyman.core.exec_policy import Judgement, Request, Rules, is_known_harmless, judge
from journeyman.core.exec_policy.rules import Match
from journeyman.core.exec_policy.rules_text import parse_rules
from journeyman.core.exec_policy.verdict import NO_QUESTIONS, UNKNOWN
from journeyman.protocol.permissions import Granular, GranularAsk

RULES = parse_rules(
    [
        (
            "test.rules",
            """
prefix_rule(["npm", "test"])
prefix_rule(["git", "push"], "forbidden", justification="the user pushes")
prefix_rule(["npm", "publish"], "prompt")
prefix_rule(["timeout", "9", "make"])
prefix_rule(["tool"])
host_executable("tool", ["/opt/tool/bin/tool"])
""",
        )
    ]
)
NPM_TEST = Match(("npm", "test"), "allow")
RUN = Judgement(verdict="run")


def request(command: str) -> Request:
    return Request(argv=("bash", "-lc", command), approval_policy="on-request", confined=True)


def with_policy(command: str, policy: str) -> Request:
    return msgspec.structs.replace(request(command), approval_policy=policy)


@pytest.mark.parametrize(
    "command",
    [
        "npm test",
        "npm test -- --watch=false 2>&1",
        "npm test && npm test x",
        "timeout 5 npm test",
        "bash -c 'npm test'",
        "timeout 9 make all",
        "/usr/bin/npm test",
        "/opt/tool/bin/tool x",
    ],
)
def test_allow_rules_lift_the_sandbox_when_they_cover_the_whole_command(command: str) -> None:
    judgement = judge(request(command), RULES)
    assert (judgement.verdict, judgement.lift_sandbox) == ("run", True)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "npm test; id",
        "npm test | cat ~/.ssh/id_rsa",
        "npm test > ../out",
        "npm test $X",
        "npm test `id`",
        "npm test &",
        "X=1 npm test",
        "env X=1 npm test",
        "sudo npm test",
        "xargs npm test",
        "./npm test",
        "/work/npm test",
        "/usr/bin/tool x",
        "cd x && npm test",
        "npm testing",
        "npm 'test",
        "npm tes\\t",
    ],
)
def test_allow_rules_leave_the_sandbox_when_they_do_not_cover_the_whole_command(
    command: str,
) -> None:
    assert not judge(request(command), RULES).lift_sandbox


@pytest.mark.parametrize(
    "command",
    [
        "git push",
        "ls; git push",
        "echo $(git push)",
        "timeout 5 git push origin",
        "sudo git push",
        "bash -c 'ls && git push'",
        "if ls; then git push; fi",
        "git pu\\sh",
        "'git' push",
        "/opt/git push",
        "git $X",
        "$X push",
        "eval git push",
        "find . -exec git push +",
        "X=1 git push > out &",
        "true;" * 60 + "git push",
        "git push 'x",
        "bash <<E\ngit push\nE",
        "echo git push | sh -s",
    ],
)
@pytest.mark.parametrize("policy", ["on-request", "never", "untrusted"])
def test_forbidden_rule_refuses_however_the_command_is_written(command: str, policy: str) -> None:
    judgement = judge(with_policy(command, policy), RULES)
    assert (judgement.verdict, judgement.reason) == (
        "refuse",
        "forbidden by a rule: the user pushes",
    )


def test_forbidden_rule_leaves_alone_what_runs_no_program() -> None:
    for command in ("X=1", "> out", "bash --version", "npm run x # git push", "echo 'git push'"):
        assert judge(request(command), RULES) == RUN


def test_prompt_rule_asks_and_refuses_when_nobody_may_be_asked() -> None:
    matched = (Match(("npm", "publish"), "prompt"),)
    reason = "A rule asks before this command: a rule of the user is about `npm publish`"
    refused = Judgement(
        verdict="refuse", reason=NO_QUESTIONS.format(reason=reason), matched=matched
    )
    no_rules = Granular(
        granular=GranularAsk(sandbox_approval=True, rules=False, mcp_elicitations=True)
    )
    assert judge(request("npm publish"), RULES) == Judgement(
        verdict="ask", reason=reason, matched=matched
    )
    assert judge(with_policy("npm publish", "never"), RULES) == refused
    granular = msgspec.structs.replace(request("npm publish"), approval_policy=no_rules)
    assert judge(granular, RULES) == refused


@pytest.mark.parametrize(
    ("command", "of_skills", "of_sandbox", "asked"),
    [
        ("/skills/one/run.sh", True, False, True),
        ("cd sub && python3 /skills/one/go.py -x", True, False, True),
        ("../skills/one/run.sh", True, False, True),
        ("/skills/one/run.sh", False, True, False),
        ("/skills/one/run.sh && docker build .", True, False, False),
        ("/skills/one/run.sh && docker build .", False, True, False),
        ("/skills/one/run.sh && docker build .", True, True, True),
        ("docker build /skills/one/image", True, False, False),
        ("/skills/one/../two/run.sh", True, False, False),
        ("docker build .", False, True, True),
    ],
)
def test_granular_policy_asks_about_scripts_of_skills_apart(
    command: str, of_skills: bool, of_sandbox: bool, asked: bool
) -> None:
    kinds = GranularAsk(
        sandbox_approval=of_sandbox, rules=True, mcp_elicitations=True, skill_approval=of_skills
    )
    escalated = msgspec.structs.replace(
        request(command),
        escalate=True,
        approval_policy=Granular(granular=kinds),
        cwd="/work",
        skill_folders=("/skills/one",),
    )
    assert judge(escalated, RULES).verdict == ("ask" if asked else "refuse")


def test_escalation_asks_with_the_reason_and_offers_to_remember_what_is_left() -> None:
    escalated = msgspec.structs.replace(
        request("ls && npm test && docker build ."), escalate=True, justification="needs docker"
    )
    assert judge(escalated, RULES) == Judgement(
        verdict="ask", reason="needs docker", proposed_prefix=("docker", "build", ".")
    )
    never = msgspec.structs.replace(escalated, approval_policy="never")
    assert judge(never, RULES).verdict == "refuse"
    lifted = msgspec.structs.replace(escalated, argv=("bash", "-c", "npm test"))
    assert judge(lifted, RULES) == Judgement(verdict="run", lift_sandbox=True, matched=(NPM_TEST,))
    open_already = msgspec.structs.replace(escalated, confined=False)
    assert judge(open_already, Rules()) == RUN


@pytest.mark.parametrize(
    "command", ["python3", "bash", "a; b", "rm -f x", "ls $X", "env", "sudo x"]
)
def test_nothing_is_remembered_when_it_would_allow_too_much(command: str) -> None:
    escalated = msgspec.structs.replace(request(command), escalate=True)
    assert judge(escalated, Rules()).proposed_prefix == ()


def test_dangerous_command_asks_and_is_refused_when_nobody_may_be_asked() -> None:
    reason = "This removes files by force; rm -f style commands are not permitted unasked"
    refused = Judgement(verdict="refuse", reason=NO_QUESTIONS.format(reason=reason))
    assert judge(request("rm -f a"), Rules()) == Judgement(
        verdict="ask", reason=reason, person_only=True
    )
    for confined in (True, False):
        never = msgspec.structs.replace(with_policy("rm -f a", "never"), confined=confined)
        assert judge(never, Rules()) == refused
    plain = msgspec.structs.replace(request(""), argv=("rm", "-f", "a"))
    assert judge(plain, Rules()).verdict == "ask"


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ("rm a", "run"),
        ("rm -r docs/old", "run"),
        ("rm -- -f", "run"),
        ("rm a -f", "ask"),
        ("rm --forc a", "ask"),
        ("command rm -f a", "ask"),
        ("X=1 rm -f a", "ask"),
        ("rm -rf dist node_modules/.cache", "run"),
        ("rm -rf dist src", "ask"),
        ("rm -rf build/../src", "ask"),
        ("rm -rf /tmp/x", "run"),
        ("rm -rf /tmp/", "ask"),
        ("rm -r ~", "ask"),
        ("chmod --recursive 777 /etc", "ask"),
        ("git clean -nfd", "run"),
        ("dd if=a of=b", "run"),
        ("find . -name '*.o' -delete", "run"),
        ("echo 'rm -rf /'", "run"),
        ("grep -rf patterns rm", "run"),
        ("cat > clean.sh <<'E'\nrm -rf /\nE\n", "run"),
        ("cat > clean.sh <<E\n$(rm -rf src)\nE\n", "ask"),
        ("bash <<E\nrm -rf src\nE\n", "run"),
        ("git switch --detach", "run"),
        ("git push --follow-tags", "run"),
    ],
)
def test_danger_is_told_from_what_only_looks_like_it(command: str, verdict: str) -> None:
    assert judge(request(command), Rules()).verdict == verdict


def test_untrusted_asks_before_everything_that_is_not_known_harmless() -> None:
    assert judge(with_policy("ls -l && git log", "untrusted"), Rules()) == RUN
    assert judge(with_policy("make 'all x'", "untrusted"), Rules()) == Judgement(
        verdict="ask", reason=UNKNOWN, proposed_prefix=("make", "all x")
    )
    assert judge(with_policy("ls > x", "untrusted"), Rules()) == Judgement(
        verdict="ask", reason=f"{UNKNOWN} (it writes to x)"
    )
    mixed = judge(with_policy("ls && npm test", "untrusted"), RULES)
    assert mixed == Judgement(verdict="run", matched=(NPM_TEST,))


@pytest.mark.parametrize(
    ("command", "harmless"),
    [
        ("git --no-pager log -3 --stat", True),
        ("git stash", False),
        ("git stash list", True),
        ("git branch -D x", False),
        ("git remote add x y", False),
        ("git tag v1", False),
        ("git diff --output=x", False),
        ("git log -- --output=x", True),
        ("sed -n 5,9p a b", True),
        ("sed -n 5,9p -i a", False),
        ("uniq -c a", True),
        ("sort -k 2 a", True),
        ("sort -ro a", False),
        ("find . -name 'x*'", True),
        ("date '+%F %T'", True),
        ("date 01010000", False),
        ("/usr/bin/ls", True),
        ("timeout 5 ls", True),
        ("./timeout 5 ls", False),
        ("command -v git", True),
        ("command git push", False),
        ("python3 --version", True),
        ("printf '%s\\n' a", True),
        ("( ls; pwd ) | wc -l", True),
    ],
)
def test_harmless_knows_programs_by_their_risky_options(command: str, harmless: bool) -> None:
    assert is_known_harmless(("/bin/bash", "-c", command)) is harmless
    assert not is_known_harmless(("/bin/evil", "-c", command))
