"""`jm exec` from the outside: prompt sources, flags, streams, files; the model is a server on loopback."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, patch, run

DONE = Step(items=[Say("Final answer")])


def test_exec_prints_the_answer_alone_on_stdout_and_the_run_on_stderr(program: Program):
    program.provider.script(Step(items=[run("echo hi")]), DONE)
    done = program.exec("do it")
    assert (done.returncode, done.stdout) == (0, "Final answer\n")
    lines = done.stderr.splitlines()
    session = next(line for line in lines if line.startswith("session id: "))
    took = next(line for line in lines if line.startswith("exited 0 in "))
    assert lines == [
        "journeyman v0.1.0",
        "--------",
        "workdir: WORK",
        "model: gpt-5.5",
        "provider: mock",
        "approval: never",
        "sandbox: read-only",
        "reasoning effort: medium",
        "reasoning summaries: none",
        session,
        "--------",
        "user",
        "do it",
        "exec",
        "/bin/bash -c 'echo hi'",
        "in WORK",
        "hi",
        took,
        "journeyman",
        "Final answer",
        "tokens used",
        lines[-1],
    ]


@pytest.mark.parametrize(
    ("args", "stdin", "said"),
    [
        (["ask"], None, "ask"),
        ([], b"from stdin\n", "from stdin\n"),
        (["-"], b"from stdin", "from stdin"),
        (["ask"], b"piped\n", "ask\n\n<stdin>\npiped\n</stdin>"),
        (["ask"], b" \n", "ask"),
        (["--", "resume"], None, "resume"),
        (["--", "--json"], None, "--json"),
        ([], "grüße".encode("utf-16"), "grüße"),
        ([], b"\xef\xbb\xbfmarked", "marked"),
    ],
)
def test_exec_takes_the_prompt_from_argument_and_stdin(
    program: Program, args: list[str], stdin: bytes | None, said: str
):
    program.provider.script(DONE)
    assert program.exec(*args, stdin=stdin).returncode == 0
    assert program.user_texts() == [said]


def test_exec_takes_options_before_and_after_the_command_and_resume(program: Program):
    program.provider.script(DONE, DONE, DONE)
    thread_id = program.events("first")[0]["thread_id"]
    early = ["-c", "model_verbosity=low", "-m", "gpt-5.4", "-s", "workspace-write"]

    done = program.run(*early, "e", "--skip-git-repo-check", "--json", "resume", thread_id, "next")

    assert json.loads(done.stdout.splitlines()[0])["thread_id"] == thread_id
    assert program.asked()["model"] == "gpt-5.4"
    assert program.asked()["text"]["verbosity"] == "low"
    late = ["resume", "--last", "third", "-m", "gpt-5.2", "--json", "--skip-git-repo-check"]
    done = program.run("exec", *late)
    assert json.loads(done.stdout.splitlines()[0])["thread_id"] == thread_id
    assert program.asked()["model"] == "gpt-5.2"
    assert program.user_texts() == ["first", "next", "third"]


def test_exec_asks_for_the_service_tier_of_the_config(program: Program):
    program.provider.script(DONE, DONE)
    tiers: list[str | None] = []
    for said in ("flex", "default"):
        program.exec("-c", f"service_tier={said}", "x")
        tiers.append(program.asked().get("service_tier"))
    assert tiers == ["flex", None]


def test_exec_resume_keeps_the_model_of_the_thread_when_none_is_named(program: Program):
    program.provider.script(DONE, DONE)
    program.exec("-m", "gpt-5.1", "one")
    program.exec("resume", "--last", "two")
    assert program.asked()["model"] == "gpt-5.1"


def test_exec_resume_finds_a_thread_by_the_name_it_was_given_last(program: Program):
    program.provider.script(DONE, DONE)
    thread_id = program.events("one")[0]["thread_id"]
    names = [("old", "x"), (thread_id, "fix it")]
    (program.home / "session_index.jsonl").write_text(
        "".join(json.dumps({"id": i, "thread_name": n}) + "\n" for i, n in names)
    )
    resumed = program.events("resume", "fix it", "two")
    assert resumed[0]["thread_id"] == thread_id


def test_exec_resume_last_looks_in_this_directory_unless_all_are_meant(
    program: Program, tmp_path: Path
):
    program.provider.script(DONE, DONE)
    thread_id = program.events("one")[0]["thread_id"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    refused = program.exec("resume", "--last", "two", cwd=elsewhere)
    assert refused.returncode == 1
    assert refused.stderr == (f"error: there is no thread to resume, in {elsewhere}: add --all\n")
    found = program.events("resume", "--last", "--all", "two", cwd=elsewhere)
    assert found[0]["thread_id"] == thread_id


def test_exec_fork_goes_on_in_a_new_thread_and_leaves_the_old_one(program: Program):
    program.provider.script(DONE, DONE)
    thread_id = program.events("one")[0]["thread_id"]
    forked = program.events("fork", thread_id, "two")
    assert forked[0]["thread_id"] != thread_id
    assert program.user_texts() == ["one", "two"]
    assert len(list((program.home / "sessions").rglob("*.jsonl"))) == 2


def test_exec_json_puts_events_alone_on_stdout(program: Program):
    program.provider.script(Step(items=[run("echo hi")]), DONE)
    done = program.exec("--experimental-json", "do it")
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()] == [
        "thread.started",
        "turn.started",
        "item.started",
        "item.completed",
        "item.completed",
        "turn.completed",
    ]
    assert done.stderr == ""


def test_exec_writes_the_last_message_and_sends_the_schema(program: Program):
    program.provider.script(Step(items=[Say('{"a": 1}')]))
    (program.work / "s.json").write_text('{"type": "object"}')
    done = program.exec("-o", "out.txt", "--output-schema", "s.json", "x")
    assert (done.returncode, done.stdout) == (0, '{"a": 1}\n')
    assert (program.work / "out.txt").read_text() == '{"a": 1}'
    assert program.asked()["text"]["format"]["schema"] == {"type": "object"}


def test_exec_takes_the_final_answer_when_commentary_follows_it(program: Program):
    items = [Say("the answer", phase="final_answer"), Say("and bye", phase="commentary")]
    program.provider.script(Step(items=items))
    assert program.exec("x").stdout == "the answer\n"


def test_exec_sends_every_image_when_they_are_listed_in_any_form(program: Program):
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
        "0000000d4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
    )
    for name in "abc":
        (program.work / f"{name}.png").write_bytes(dot)
    program.provider.script(DONE, DONE)
    program.exec("-i", "a.png", "b.png", "--image=c.png", "--", "what?")
    program.exec("--image", "a.png,b.png", "-i", "c.png", "--", "what?")
    for number in (0, 1):
        said = program.asked(number)["input"][-1]["content"]
        assert [part["type"] for part in said] == [*["input_image"] * 3, "input_text"]


def test_exec_ephemeral_keeps_nothing_but_what_it_cost(program: Program):
    program.provider.script(DONE)
    assert program.exec("--ephemeral", "a secret plan").stdout == "Final answer\n"
    assert sorted(path.name for path in program.home.iterdir()) == ["config.toml", "ledger"]
    (ledger,) = (program.home / "ledger").iterdir()
    assert "secret plan" not in ledger.read_text()


def test_exec_makes_the_home_for_the_user_alone_when_it_is_missing(program: Program):
    program.provider.script(DONE)
    program.env["JOURNEYMAN_HOME"] = str(program.work / "new/home")
    override = f'openai_base_url="{program.provider.base_url}"'
    program.env["CODEX_API_KEY"] = "sdk-key"
    assert program.exec("-c", override, "x").returncode == 0
    assert (program.work / "new/home").stat().st_mode & 0o777 == 0o700
    assert program.provider.requests[0].headers["authorization"] == "Bearer sdk-key"


def test_exec_checks_for_a_repository_or_a_trusted_directory(program: Program):
    program.provider.script(DONE, DONE)
    refused = program.run("exec", "x")
    assert (refused.returncode, refused.stderr) == (
        1,
        "error: Not inside a trusted directory and --skip-git-repo-check was not specified.\n",
    )
    trust = f'projects."{program.work}".trust_level="trusted"'
    trusted = program.run("exec", "-c", trust, "x")
    assert trusted.returncode == 0
    assert "sandbox: workspace-write [workdir, /tmp, $TMPDIR]" in trusted.stderr
    subprocess.run(["git", "init", "-q", program.work], check=True)
    assert program.run("exec", "x").returncode == 0


def test_exec_asks_nobody_unless_the_override_says_so(program: Program):
    program.provider.script(DONE, DONE, DONE)
    program.config.write_text('approval_policy = "on-request"\n' + program.config.read_text())
    assert "approval: never" in program.exec("x").stderr
    assert "approval: on-request" in program.exec("-c", "approval_policy=on-request", "x").stderr
    bypassed = program.run("exec", "--yolo", "-c", "approval_policy=on-request", "x").stderr
    assert "approval: never\nsandbox: danger-full-access" in bypassed


def test_exec_add_dir_makes_directories_writable(program: Program, tmp_path: Path):
    (tmp_path / "more").mkdir()
    program.provider.script(Step(items=[run("echo x > ../more/f")]), DONE, DONE)
    program.exec("-s", "workspace-write", "--add-dir", "../more", "x")
    assert (tmp_path / "more/f").read_text() == "x\n"
    idle = program.exec("--add-dir", "../more", "x")
    assert "warning: --add-dir has no effect: it needs -s workspace-write" in idle.stderr


def test_exec_refuses_a_patch_with_the_reason_of_its_sandbox(program: Program):
    outside = patch("*** Begin Patch\n*** Add File: /etc/journeyman-test\n+x\n*** End Patch\n")
    program.provider.script(Step(items=[outside]), DONE, Step(items=[outside]), DONE)
    refusals: list[str] = []
    for sandbox in ("read-only", "workspace-write"):
        program.exec("-s", sandbox, "x")
        refusals.append(program.asked()["input"][-1]["output"])
    assert refusals == [
        "patch rejected: writing is blocked by read-only sandbox; rejected by user approval settings",
        "patch rejected: writing outside of the project; rejected by user approval settings",
    ]


def test_exec_keeps_keys_from_commands_and_puts_our_programs_on_their_path(program: Program):
    program.env |= {"OPENAI_API_KEY": "sk-one", "PLAIN": "seen"}
    program.provider.script(Step(items=[run("env; command -v apply_patch")]), DONE)
    policy = "shell_environment_policy.ignore_default_excludes=true"
    program.exec("-c", policy, "x")
    output = program.asked()["input"][-1]["output"]
    assert "PLAIN=seen" in output
    assert "test-key" not in output
    assert "sk-one" not in output
    assert output.rstrip().endswith("/apply_patch")


def test_exec_finds_programs_when_there_is_no_path(program: Program):
    del program.env["PATH"]
    program.provider.script(Step(items=[run("cat /dev/null && echo there")]), DONE)
    assert program.exec("x").returncode == 0
    assert program.asked()["input"][-1]["output"].endswith("there\n")


def test_exec_colours_only_where_it_is_wanted(program: Program):
    program.provider.script(DONE, DONE)
    assert "\x1b[" not in program.exec("x").stderr
    assert "\x1b[1muser\x1b[0m" in program.exec("--color", "always", "x").stderr


def test_version_is_the_packages(program: Program):
    pyproject = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    done = program.run("--version")
    assert (done.returncode, done.stdout) == (0, f"journeyman {pyproject['project']['version']}\n")


@pytest.mark.parametrize(("outcome", "status"), [("allow", "completed"), ("deny", "declined")])
def test_exec_lets_a_reviewer_decide_when_told_to(program: Program, outcome: str, status: str):
    call = run("echo hi > ../out", sandbox_permissions="require_escalated", justification="asked")
    verdict = {
        "risk_level": "low",
        "user_authorization": "high",
        "outcome": outcome,
        "rationale": "it is \x1b[2Jso",
    }
    program.provider.script(Step(items=[call]), Step(items=[Say(json.dumps(verdict))]), DONE)
    done = program.exec("--approve-for-me", "x")
    assert "sandbox: workspace-write" in done.stderr
    word = {"allow": "approved", "deny": "denied"}[outcome]
    assert f"automatic review {word}: it is ^[[2Jso" in done.stderr
    assert (program.work.parent / "out").exists() == (status == "completed")
    assert program.asked(1)["text"]["format"]["strict"] is True


@pytest.mark.parametrize(("flags", "made"), [([], False), (["--ignore-rules"], True)])
def test_exec_leaves_rules_files_out_where_it_is_told_to(
    program: Program, flags: list[str], made: bool
):
    (program.home / "rules").mkdir()
    rule = 'prefix_rule(["touch"], decision="forbidden")'
    (program.home / "rules" / "mine.rules").write_text(rule)
    program.provider.script(Step(items=[run("touch here")]), DONE)
    assert program.exec("-s", "workspace-write", *flags, "go").returncode == 0
    assert (program.work / "here").exists() == made


def test_exec_takes_switches_of_features_for_configuration(program: Program):
    program.provider.script(DONE)
    done = program.exec("--disable", "goals", "--enable", "hooks", "--disable", "skills", "go")
    assert done.returncode == 0
    assert "features.skills = false has no effect" in done.stderr
    assert "features.hooks" not in done.stderr


def test_exec_refuses_to_switch_a_feature_that_there_is_not(program: Program):
    done = program.exec("--enable", "multi_agent", "--enable", "goal", "go")
    message = "error: unknown feature goal: `jm features list` shows those there are\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)
