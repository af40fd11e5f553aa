"""Judging of commands before they run: the user's rules, what is harmless, what is dangerous.

Pure but for `rules_file`. It decides asking and refusing; confinement is the sandbox's work.
"""

from journeyman.core.exec_policy.judge import Judgement, Request, is_known_harmless, judge
from journeyman.core.exec_policy.rules import Rules, RulesError, check_command, parse_rules

__all__ = [
    "Judgement",
    "Request",
    "Rules",
    "RulesError",
    "check_command",
    "is_known_harmless",
    "judge",
    "parse_rules",
]
