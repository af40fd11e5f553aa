"""The server's `CommandRunner`: a client's own commands, with the environment and the sandbox of a turn there."""

from __future__ import annotations

import sys
from pathlib import Path

from journeyman.cli.process import Process
from journeyman.cli.thread_settings import command_env
from journeyman.config.errors import ConfigError
from journeyman.config.load import Sources
from journeyman.config.policies import network_rules, sandbox_policy
from journeyman.config.project import load_in_project
from journeyman.protocol.jsonrpc import RpcError
from journeyman.sandbox import api
from journeyman.sandbox.policy import policy_of
from journeyman.sandbox.two_streams import with_two_streams
from journeyman.server.ports import StandaloneCommand


class ConfinedCommands:
    """See `CommandRunner`; unconfined only where the client or the user's configuration says so by name."""

    def __init__(self, process: Process, sources: Sources, launcher: api.Launcher) -> None:
        """Run in directories relative to the process's own."""
        self._process = process
        self._sources = sources
        self._launcher = launcher

    async def launch(self, command: StandaloneCommand) -> api.Process:
        """See `CommandRunner.launch`."""
        directory = self._process.directory / (command.cwd or "")
        try:
            project = load_in_project(self._sources, directory)
            settings = project.loaded.settings
            wire = command.policy or sandbox_policy(settings, None, (), trusted=project.trusted)
            policy = policy_of(wire, str(directory), network_rules(settings))
            given = api.Command(
                argv=command.argv
                if command.tty
                else with_two_streams(command.argv, sys.executable),
                cwd=str(directory),
                env=self._environment(command, command_env(self._process, settings)),
                stdin=command.stdin,
                tty=command.tty,
                columns=command.columns,
                rows=command.rows,
            )
            return await self._launcher.launch(given, policy)
        except (ConfigError, api.ConfinementError) as error:
            raise RpcError(str(error)) from error
        except OSError as error:
            name = error.filename or command.argv[0]
            message = f"command/exec: {error.strerror}: {Path(str(name))}"
            raise RpcError(message) from error

    def _environment(self, command: StandaloneCommand, env: dict[str, str]) -> dict[str, str]:
        merged: dict[str, str | None] = {**env, **command.env}
        return {name: value for name, value in merged.items() if value is not None}
