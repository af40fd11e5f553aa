"""One run of `jm exec`: checks what was given, joins client and server in this process, and runs the prompt.

Every failure leaves as a `CommandError`, that is one line and exit code 1.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from journeyman import __version__
from journeyman.cli import exec_inputs, terminal
from journeyman.cli.compose import Composer
from journeyman.cli.errors import CommandError
from journeyman.cli.exec_request import ExecFlags, Words
from journeyman.cli.local_server import local_client
from journeyman.cli.options import SharedFlags
from journeyman.cli.process import Process, read_process
from journeyman.cli.prompt import read_prompt
from journeyman.cli.review_request import about, review_target
from journeyman.cli.signals import StopSignals
from journeyman.cli.tapes import Tape, open_record, open_replay
from journeyman.cli.thread_names import find_thread
from journeyman.cli.thread_settings import Chooser
from journeyman.cli.trusting import trust_project
from journeyman.clock import SystemClock
from journeyman.config.errors import ConfigError
from journeyman.config.load import Loaded, Sources
from journeyman.config.policies import approval_policy
from journeyman.config.project import InProject, load_in_project
from journeyman.headless.faces import Face, JsonLines, TranscriptLines
from journeyman.headless.run import Opening, Outcome, Request, Run
from journeyman.protocol import threads
from journeyman.protocol.code_review import ReviewTarget
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.permissions import ApprovalPolicy
from journeyman.store.errors import StoreError
from journeyman.transcript.style import Style
from journeyman.transcript.transcript import Transcript
from journeyman.visible_text import visible
from journeyman.workspace.repository import find_root

CLIENT = ClientInfo(name="journeyman_exec", title="Journeyman exec", version=__version__)

# By then the first request is out, also on a slow machine.
_SECONDS_OF_START = 1.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was checked and can begin."""

    request: Request
    composer: Composer
    environment: Mapping[str, str]
    flags: ExecFlags
    reasoning_summary: str | None
    output: BinaryIO | None
    form: Literal["text", "json", "sarif"]
    tape: Tape | None


def execute(shared: SharedFlags, flags: ExecFlags, words: Words) -> int:
    """Run, and return the exit code.

    Raises:
        CommandError: it could not be run, or it failed in a way that the transcript has not told.
    """
    try:
        job = prepare(read_process(), shared, flags, words)
        return asyncio.run(_run(job))
    except (ConfigError, RpcError, StoreError) as error:
        raise CommandError(str(error)) from error
    except BrokenPipeError:
        # Whoever read the output has seen enough; there is nobody to tell.
        return 1
    except OSError as error:
        message = f"cannot write the output: {error.strerror}, on stdout: free some space"
        raise CommandError(message) from error


def prepare(
    process: Process,
    shared: SharedFlags,
    flags: ExecFlags,
    words: Words,
    *,
    look: Tape | None = None,
) -> Job:
    """Check everything that can be checked before the run, which then has no reason not to begin.

    `look` takes the place of the models.

    Raises:
        CommandError, ConfigError, StoreError: what is asked for cannot be done.
    """
    directory = exec_inputs.working_directory(process.directory, shared.cd)
    replay = look or open_replay(process.directory, shared)
    sources = Sources(
        home=process.home,
        config_profile=shared.config_profile,
        overrides=(*(replay.overrides() if replay else ()), *shared.overrides),
        ignore_user_config=flags.ignore_user_config,
        ignore_rules=flags.ignore_rules,
        strict=shared.strict_config,
        trust_all_hooks=shared.bypass_hook_trust,
    )
    if shared.wants_local_model:
        from journeyman.cli.local_models import use_local_model

        shared = use_local_model(shared, sources)
    if flags.trust:
        trust_project(sources, directory)
    project = load_in_project(sources, directory)
    loaded = project.loaded
    prompt, review = _said(words, replay and replay.prompt)
    if not (flags.skip_git_repo_check or shared.bypass):
        _check_repository(project)
    roots = exec_inputs.extra_roots(process.directory, shared.add_dirs)
    tape = replay or open_record(
        process.directory, shared, loaded.settings, None if review else prompt
    )
    chooser = Chooser(process, sources, roots)
    composer = Composer(process, chooser, SystemClock(), source="exec", tape=tape, user="absent")
    request = Request(
        opening=_opening(composer, directory, (shared, flags, words), _approval(loaded, shared)),
        prompt=prompt,
        input=exec_inputs.user_input(process.directory, prompt, shared.image_paths()),
        output_schema=exec_inputs.read_schema(process.directory, flags.output_schema),
        review=review,
    )
    return Job(
        request=request,
        composer=composer,
        environment=process.environment,
        flags=flags,
        reasoning_summary=loaded.settings.model_reasoning_summary,
        output=exec_inputs.open_output(process.directory, flags.output_file),
        form=words.review.form,
        tape=tape,
    )


def _said(words: Words, recorded: str | None) -> tuple[str, ReviewTarget | None]:
    """The prompt, for people where it is a review, and what to review; `recorded` is that of a replay."""
    if words.action != "review" and words.prompt is None and recorded is not None:
        return recorded, None
    if words.action != "review":
        return read_prompt(words.prompt, append_stdin=words.action == "start"), None
    instructions = "" if words.review.has_target else read_prompt(words.prompt, append_stdin=False)
    target = review_target(words.review, instructions)
    return about(target), target


def _check_repository(project: InProject) -> None:
    if project.root is None and not project.trusted:
        raise CommandError(
            "Not inside a trusted directory and --skip-git-repo-check was not specified."
        )


def _approval(loaded: Loaded, shared: SharedFlags) -> ApprovalPolicy:
    # Nobody can be asked here, so that a policy in a file, written for other faces, does not count.
    said_here = loaded.provenance.get(("approval_policy",)) == "-c" or any(
        key[0] == "approval_policy" and where == "-c" for key, where in loaded.provenance.items()
    )
    return approval_policy(loaded.settings) if said_here and not shared.bypass else "never"


def _opening(
    composer: Composer,
    directory: Path,
    said: tuple[SharedFlags, ExecFlags, Words],
    approval: ApprovalPolicy,
) -> Opening:
    shared, flags, words = said
    common: dict[str, Any] = {
        "cwd": str(directory),
        "model": shared.model,
        "approval_policy": approval,
        "sandbox": "danger-full-access" if shared.bypass else shared.sandbox,
    }
    if flags.approve_for_me and not shared.bypass:
        common["approval_policy"] = "on-request"
        common["approvals_reviewer"] = "auto_review"
        common["sandbox"] = shared.sandbox or "workspace-write"
    if words.action in {"start", "review"}:
        return threads.ThreadStartParams(
            ephemeral=flags.ephemeral, thread_source=flags.thread_source, **common
        )
    cwd = None if flags.all_directories else str(directory)
    thread_id = find_thread(composer.store, words.thread, cwd=cwd)
    if words.action == "resume":
        return threads.ThreadResumeParams(thread_id=thread_id, exclude_turns=True, **common)
    return threads.ThreadForkParams(
        thread_id=thread_id, exclude_turns=True, ephemeral=flags.ephemeral, **common
    )


async def _run(job: Job) -> int:
    async with local_client(job.composer, CLIENT) as client:
        run = Run(client, _face(job), SystemClock(), signs_of_life=terminal.is_tty(2))
        task = asyncio.create_task(run.execute(job.request))
        signals = StopSignals(run, task)
        asyncio.get_running_loop().call_later(_SECONDS_OF_START, _collect_from_now_on)
        try:
            outcome = await task
        except asyncio.CancelledError:
            if signals.exit_code is None:
                raise
            return signals.exit_code
    _give_answer(job, outcome)
    if job.tape is not None:
        job.tape.tell_rest()
    if signals.exit_code is not None:
        return signals.exit_code
    return 0 if outcome.status == "completed" else 1


def _collect_from_now_on() -> None:
    # What start-up made stays; it need not be looked at again.
    gc.freeze()
    gc.enable()


def _face(job: Job) -> Face:
    if job.flags.json:
        return JsonLines(terminal.write_output, with_costs=job.flags.costs)
    colour = terminal.wants_colour(job.flags.color, job.environment, is_tty=terminal.is_tty(2))
    transcript = Transcript(
        Style(colour),
        cwd=job.request.opening.cwd or "",
        version=__version__,
        reasoning_summary=job.reasoning_summary,
    )
    return TranscriptLines(transcript, terminal.write_error)


def _answer(job: Job, outcome: Outcome) -> str | None:
    if job.form == "text" or outcome.review is None:
        return outcome.final_text
    found: Any = outcome.review
    if job.form == "sarif":
        from journeyman.headless.sarif import sarif

        directory = Path(job.request.opening.cwd or "/")
        found = sarif(outcome.review, str(find_root(directory) or directory), __version__)
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def _give_answer(job: Job, outcome: Outcome) -> None:
    text = _answer(job, outcome)
    if job.output is not None:
        with job.output:
            job.output.write((text or "").encode(errors="replace"))
        if text is None:
            terminal.write_error(f"warning: no final message; {job.flags.output_file} is empty\n")
    if job.flags.json or text is None:
        return
    if job.form != "text":
        # Data is never made visible: programs read it, and JSON has no raw control characters.
        terminal.write_output(f"{text}\n".encode(errors="replace"))
        return
    if not terminal.is_tty(1):
        terminal.write_output(f"{text}\n".encode(errors="replace"))
    elif not terminal.is_tty(2):
        # On a terminal that shows both streams, the transcript has just shown the answer.
        terminal.write_output(f"{visible(text)}\n".encode(errors="replace"))
