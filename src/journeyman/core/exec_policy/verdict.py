"""How a command that must be looked at is judged; imported when there is one.

Owns how rules, dangers and the approval policy combine. Whether the sandbox is there is decided
elsewhere; only a user's own allow rule, never our classification, lifts it.
"""

from __future__ import annotations

import msgspec

from journeyman.core.exec_policy.dangerous import Danger, danger_of, find_danger
from journeyman.core.exec_policy.harmless import is_harmless, is_harmless_part
from journeyman.core.exec_policy.judgement import Judgement, Request, script_text
from journeyman.core.exec_policy.rules import Match, Rules, strictest
from journeyman.core.exec_policy.script import Part, Script, literal_words
from journeyman.core.exec_policy.shell import read_script, read_words
from journeyman.core.exec_policy.skill_scripts import runs_skill
from journeyman.core.exec_policy.wrappers import runs_others
from journeyman.protocol.permissions import Granular

_SYSTEM_DIRECTORIES = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/")
# Remembering one of these alone would allow everything.
_TOO_WIDE_ALONE = frozenset(
    {
        "awk", "cargo", "docker", "git", "go", "kubectl", "lua", "make", "node",
        "npm", "npx", "osascript", "perl", "php", "pip", "python", "python3", "ruby", "ssh", "uv",
        "uvx",
    }
)  # fmt: skip
NO_QUESTIONS = (
    "{reason}, and nobody may be asked under this approval policy. "
    "Use a safer way, or tell the user what they must run themselves."
)
UNKNOWN = "The approval policy asks before anything that is not known to be harmless"


def judge_script(request: Request, rules: Rules) -> Judgement:
    """Read the whole command and judge it."""
    text = script_text(request.argv)
    script = read_words(literal_words(*request.argv)) if text is None else read_script(text)
    by_rule = _judge_by_rules(request, rules, script)
    if by_rule:
        return by_rule
    allowed = {part: match for part in script.parts if (match := _allowing(rules, part))}
    matched = tuple(allowed.values())
    if allowed and len(allowed) == len(set(script.parts)) and not script.obstacle:
        return Judgement(verdict="run", lift_sandbox=True, matched=matched)
    escalates = request.escalate and request.confined
    reason = _question(request, script, allowed)
    danger = _danger(script, text or "", allowed, confined=request.confined and not escalates)
    if danger:
        reason = f"This {danger.reason}" + (f". {reason}" if reason else "")
        asked = _ask(request, script, reason, refuse=escalates or not danger.bounded)
        return msgspec.structs.replace(asked, person_only=asked.verdict == "ask")
    if reason:
        prefix = _remaining_prefix(script, allowed)
        asked = _ask(request, script, reason, refuse=True)
        return msgspec.structs.replace(asked, proposed_prefix=prefix)
    return Judgement(verdict="run", matched=matched)


def is_harmless_command(text: str) -> bool:
    """Whether a command line only reads."""
    return is_harmless(read_script(text))


def _judge_by_rules(request: Request, rules: Rules, script: Script) -> Judgement | None:
    """Refuse or ask when a prompt or forbidden rule could be about any part."""
    found = [
        match
        for part in script.parts
        for words in part.readings
        for match in rules.restrictions(words)
    ]
    decision = strictest(found)
    if decision is None:
        return None
    rule = next(match for match in found if match.decision == decision)
    prefix = " ".join(rule.matched_prefix)
    why = rule.justification or f"a rule of the user is about `{prefix}`"
    matched = tuple(found)
    if decision == "forbidden":
        return Judgement(verdict="refuse", reason=f"forbidden by a rule: {why}", matched=matched)
    why = f"A rule asks before this command: {why}"
    asked = _ask(request, script, why, refuse=True, by_rule=True)
    return msgspec.structs.replace(asked, matched=matched)


def _allowing(rules: Rules, part: Part) -> Match | None:
    """The allow rule for a part: for the command that starts it, or for itself when nothing changes it."""
    candidates = part.readings[:1] if part.opaque else part.readings
    for words in candidates:
        if not words.literal:
            continue
        found = rules.matches(words.texts, resolve=True)
        if strictest(found) == "allow" and _is_trusted_path(rules, found[0]):
            return found[0]
    return None


def _is_trusted_path(rules: Rules, match: Match) -> bool:
    """A path may stand for a program's name when the user listed it or the system owns it."""
    path = match.resolved_program
    if path is None:
        return True
    program = path.rpartition("/")[2]
    return program in rules.executables or path.removesuffix(program) in _SYSTEM_DIRECTORIES


def _danger(
    script: Script, text: str, allowed: dict[Part, Match], *, confined: bool
) -> Danger | None:
    """The danger that is left when the user's allow rules and the sandbox are taken into account."""
    danger = find_danger(_without(script, allowed), text)
    return None if danger is None or (danger.bounded and confined) else danger


def _without(script: Script, allowed: dict[Part, Match]) -> Script:
    """The script without the parts that a rule allows."""
    rest = tuple(part for part in script.parts if part not in allowed)
    return msgspec.structs.replace(script, parts=rest)


def _question(request: Request, script: Script, allowed: dict[Part, Match]) -> str:
    """Why the user would be asked; empty when nothing is asked."""
    if request.escalate and request.confined:
        return request.justification or "The agent asks to run this without the sandbox"
    if request.approval_policy == "untrusted":
        known = is_harmless(_without(script, allowed))
        return "" if known else UNKNOWN + (f" ({script.obstacle})" if script.obstacle else "")
    if not request.confined and any(not part.words.known for part in script.parts):
        return "" if request.approval_policy == "never" else "It cannot be told what this would run"
    return ""


def _ask(
    request: Request, script: Script, reason: str, *, refuse: bool, by_rule: bool = False
) -> Judgement:
    """Ask; where nobody may be asked, refuse, or run what need not be refused."""
    if _may_ask(request, script, by_rule=by_rule):
        return Judgement(verdict="ask", reason=reason)
    if refuse:
        return Judgement(verdict="refuse", reason=NO_QUESTIONS.format(reason=reason))
    return Judgement(verdict="run")


def _may_ask(request: Request, script: Script, *, by_rule: bool) -> bool:
    policy = request.approval_policy
    if not isinstance(policy, Granular):
        return policy != "never"
    kinds = policy.granular
    if by_rule:
        return kinds.rules
    parts = [part for part in script.parts if not is_harmless_part(part)]
    of_skills = [runs_skill(part, request) for part in parts]
    if any(of_skills) and not kinds.skill_approval:
        return False
    is_more = script.obstacle or not all(of_skills)
    return kinds.sandbox_approval or not is_more


def _remaining_prefix(script: Script, allowed: dict[Part, Match]) -> tuple[str, ...]:
    """The words to remember: those of the only part that no rule covers yet."""
    rest = {p for p in script.parts if p not in allowed and not is_harmless_part(p)}
    if script.obstacle or len(rest) != 1:
        return ()
    part = rest.pop()
    words = part.readings[0]
    if not words.literal or part.opaque or danger_of(part):
        return ()
    wide = words.program in _TOO_WIDE_ALONE or runs_others(words.program)
    return () if wide and len(words.texts) == 1 else words.texts
