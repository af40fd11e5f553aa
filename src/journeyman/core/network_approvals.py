"""What happens when the sandbox refuses a running command a host: ask, remember the answer, tell.

The user is asked once per command about each refusal, once per thread after "accept for this thread", and never
about a host that a kept rule names. Who cannot be asked is told, and so is the model.
"""

from __future__ import annotations

import asyncio

import msgspec

from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.journal import Journal
from journeyman.core.questions import Questions, Subject, may_ask, protocol_of
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.approvals import DecisionWithAmendment, SimpleDecision
from journeyman.protocol.items import CommandExecutionItem, ThreadItem
from journeyman.sandbox.api import NetworkRefused
from journeyman.tools.api import ToolOutput


class NetworkApprovals:
    """The answers about hosts of one thread."""

    def __init__(self, journal: Journal, questions: Questions, rule_book: RuleBook) -> None:
        """Ask by `questions`; keep rules in `rule_book`."""
        self._journal = journal
        self._questions = questions
        self._rule_book = rule_book
        self._allowed: set[NetworkRefused] = set()

    def of_call(self, item: ThreadItem | None, settings: ThreadSettings) -> CallNetwork:
        """What the commands of one tool call report their refusals to."""
        return CallNetwork(self, item, settings)

    async def decide(
        self, refused: NetworkRefused, item: ThreadItem | None, settings: ThreadSettings
    ) -> bool:
        """Whether a command may reach what was refused; tells the user when it may not."""
        known = self._rule_book.rules.hosts.get((refused.host, protocol_of(refused)))
        if refused.approvable and (refused in self._allowed or known == "allow"):
            return True
        decision = None
        if (
            refused.approvable
            and known != "forbidden"
            and may_ask(settings.approval_policy)
            and isinstance(item, CommandExecutionItem)
        ):
            reason = f"{_told(refused)} Let this command reach it?"
            subject = Subject(item=item, reason=reason, refused=refused)
            decision = (await self._questions.put(subject, settings)).decision
        if decision == "acceptForSession":
            self._allowed.add(refused)
        if isinstance(decision, DecisionWithAmendment):
            decision = self._keep(decision, refused)
        if decision in {"accept", "acceptForSession"}:
            return True
        self._journal.warn(f"{_told(refused)} To allow it, {refused.suggestion}.")
        return False

    def _keep(self, decision: DecisionWithAmendment, refused: NetworkRefused) -> SimpleDecision:
        """Keep the rule, which is about the host that was asked about and no other."""
        amendment = decision.apply_network_policy_amendment
        rule = amendment and amendment.network_policy_amendment
        if rule is None or rule.host != refused.host:
            return "decline"
        try:
            self._rule_book.remember_host(refused.host, protocol_of(refused), rule.action)
        except (OSError, ValueError) as error:
            self._journal.warn(f"The rule was not kept: {error}")
        return "accept" if rule.action == "allow" else "decline"


class CallNetwork:
    """The refusals of one tool call: an `OnRefused` that asks about each once."""

    def __init__(
        self, approvals: NetworkApprovals, item: ThreadItem | None, settings: ThreadSettings
    ) -> None:
        """Report to the thread's answers."""
        self._approvals = approvals
        self._item = item
        self._settings = settings
        self._answers: dict[NetworkRefused, bool] = {}
        # One question at a time; programs try again, and several connections at once.
        self._asking = asyncio.Lock()

    async def __call__(self, refused: NetworkRefused) -> bool:
        """See `OnRefused`."""
        async with self._asking:
            if refused not in self._answers:
                self._answers[refused] = await self._approvals.decide(
                    refused, self._item, self._settings
                )
            return self._answers[refused]

    def explained(self, output: ToolOutput) -> ToolOutput:
        """The output with what the sandbox refused meanwhile: of a tunnel, programs only show a 403."""
        told = [_told(refused) for refused, allowed in self._answers.items() if not allowed]
        if not told or not isinstance(output.content, str):
            return output
        return msgspec.structs.replace(output, content="\n".join([output.content, *told]))


def _told(refused: NetworkRefused) -> str:
    where = f"{refused.host}:{refused.port}" if refused.host else "a malformed request"
    return f"The sandbox refused {refused.method} {where} ({refused.rule})."
