"""Judging of commands before they run: the user's rules, what is harmless, what is dangerous.

Pure but for `rules_file`. It decides asking and refusing; confinement is the sandbox's work. Rules are
read by `rules_text` and `rules_file`.
"""

from journeyman.core.exec_policy.judge import is_known_harmless, judge, writes_with_git
from journeyman.core.exec_policy.judgement import Judgement, Request
from journeyman.core.exec_policy.rules import Rules, check_command

__all__ = [
    "Judgement",
    "Request",
    "Rules",
    "check_command",
    "is_known_harmless",
    "judge",
    "writes_with_git",
]
