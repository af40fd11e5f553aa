"""Real programs in the real sandbox, against real servers: what gets through, what does not, and why."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import json
import os
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.sandbox.proxy.origin import ADDRESS, LARGE_BYTES

from journeyman.sandbox.api import NetworkRefused
from journeyman.sandbox.policy import NetworkRules

NOT_NAMED = "network.allow names no such host"
PYTHON = shlex.quote(sys.executable)
CURL = "curl -sS --max-time 20"


def raw(request: str) -> str:
    """A script that sends these bytes to the proxy and prints the answer."""
    code = (
        "import socket, sys\n"
        "s = socket.create_connection(('127.0.0.1', 3128), 20)\n"
        f"s.sendall({request.encode()!r})\n"
        "s.shutdown(socket.SHUT_WR)\n"
        "while data := s.recv(65536): sys.stdout.buffer.write(data)\n"
    )
    return f"{PYTHON} -c {shlex.quote(code)}"


async def test_curl_and_urllib_reach_what_a_rule_names(confined: Any, site: Any) -> None:
    code = "import urllib.request as u; print(u.urlopen('http://web.test/hello').read())"
    script = (
        f"{CURL} http://web.test/hello; {CURL} --cacert cert https://web.test/hello;"
        f"{PYTHON} -c {shlex.quote(code)}"
    )
    (confined.project / "cert").write_bytes(site.certificate.read_bytes())
    assert await confined.run(script) == (0, "hello\nhello\nb'hello\\n'\n")
    assert site.requests == ["GET web.test /hello"] * 3
    assert confined.refused == []


async def test_git_clones_and_fetches_over_plain_http_and_tls(confined: Any, site: Any) -> None:
    script = (
        "git init -q -b main s && cd s && git config user.name a && git config user.email a@b"
        " && git commit -q --allow-empty -m first && git clone -q --bare . ../r.git"
    )
    env = {"PATH": os.defpath, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["/bin/sh", "-c", script]
    await asyncio.to_thread(subprocess.run, command, cwd=site.root, env=env, check=True)
    confined.rules = NetworkRules(
        allow=("git.test", "web.test", ADDRESS), methods=("POST git.test",)
    )
    (confined.project / "cert").write_bytes(site.certificate.read_bytes())
    code, output = await confined.run(
        "git clone -q http://git.test/r.git a && git -C a log --format=%s;"
        "GIT_SSL_CAINFO=$PWD/cert git clone -q https://web.test/r.git b && git -C b log --format=%s"
    )
    assert (code, output, confined.refused) == (0, "first\nfirst\n", [])


async def test_pip_installs_from_an_index(confined: Any, site: Any) -> None:
    name = "journeyman_probe-1.0-py3-none-any.whl"
    folder = site.root / "simple" / "journeyman-probe"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / name, "w") as wheel:
        info = "journeyman_probe-1.0.dist-info"
        wheel.writestr("journeyman_probe.py", "")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: journeyman-probe\nVersion: 1.0\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{name}">{name}</a>')
    (confined.project / "cert").write_bytes(site.certificate.read_bytes())
    code, output = await confined.run(
        f"{PYTHON} -m pip download -q --no-deps -i https://pypi.test/simple --cert cert journeyman-probe"
        " && ls *.whl",
        PIP_CONFIG_FILE="/dev/null",
    )
    assert (code, output) == (0, f"{name}\n")


@pytest.mark.real
@pytest.mark.skipif(not shutil.which("npm"), reason="no npm on this machine")
async def test_npm_installs_from_a_registry(confined: Any, site: Any) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        text = json.dumps({"name": "probe", "version": "1.0.0"}).encode()
        member = tarfile.TarInfo("package/package.json")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    (site.root / "probe.tgz").write_bytes(packed.getvalue())
    digest = base64.b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()
    dist = {"tarball": "http://npm.test/probe.tgz", "integrity": f"sha512-{digest}"}
    version = {"name": "probe", "version": "1.0.0", "dist": dist}
    about = {"name": "probe", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    (site.root / "probe").write_text(json.dumps(about))
    code, output = await confined.run(
        "npm install --no-audit --no-fund --no-update-notifier --userconfig=/dev/null"
        " --registry=http://npm.test/ probe > log 2>&1 || cat log; ls node_modules"
    )
    assert (code, output, confined.refused) == (0, "probe\n", [])


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (f"{CURL} http://elsewhere.example/", NOT_NAMED),
        (f"{CURL} http://web.test/redirect -L", NOT_NAMED),
        (f"{CURL} http://evil.test/", 'network.deny "evil.test"'),
        (f"{CURL} http://EVIL.test./", 'network.deny "evil.test"'),
        (f"{CURL} http://web.test:22/", 'network.allow "*.test" leaves out port 22'),
        (f"{CURL} http://web.test@elsewhere.example/", NOT_NAMED),
        (f"{CURL} http://web.test.elsewhere.example/", NOT_NAMED),
        (f"{CURL} --noproxy '' http://127.0.0.1/", NOT_NAMED),
        (f"{CURL} --noproxy '' http://[::1]/", NOT_NAMED),
        (f"{CURL} http://inner.test/", "private addresses: 10.1.2.3 is in a private network"),
        (f"{CURL} http://meta.test/", "private addresses: 169.254.169.254 is a cloud's metadata service"),
        (f"{CURL} http://six.test/", "private addresses: 127.0.0.1 is loopback"),
        (f"{CURL} -d x http://web.test/", "network.methods does not name POST for this host"),
        (f"{CURL} -p -d x http://web.test/", "network.methods does not name POST for this host"),
        (f"{CURL} -p -H 'Host: elsewhere.example' http://web.test/", "the Host header names elsewhere.example:80, another host"),
        (f"{CURL} -H 'Host: elsewhere.example' http://web.test/", "the Host header names elsewhere.example:80, another host"),
        (raw("GET http://web.test@elsewhere.example/ HTTP/1.1\r\nHost: web.test\r\n\r\n"), "malformed request: a user name before the host"),
        (raw("GET http://2130706433/ HTTP/1.1\r\nHost: 2130706433\r\n\r\n"), "malformed request: an address must be four plain decimal numbers"),
        (raw("GET http://web.test/ HTTP/1.1\r\nHost: web.test\r\nHost: web.test\r\n\r\n"), "malformed request: there must be one Host header"),
        (raw("CONNECT web.test:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n"), "the Host header names elsewhere.example:443, another host"),
    ],
)  # fmt: skip
async def test_trick_is_refused_and_the_rule_named(
    confined: Any, site: Any, script: str, rule: str
) -> None:
    confined.names.known |= {
        "inner.test": ["10.1.2.3"],
        "meta.test": ["169.254.169.254"],
        "six.test": ["::ffff:127.0.0.1"],
    }
    _, output = await confined.run(script)
    assert confined.why() == [rule]
    assert f"Rule: {rule}." in output
    assert site.requests in ([], ["GET web.test /redirect"])


async def test_tunnel_is_refused_before_anything_is_dialled(confined: Any, site: Any) -> None:
    (_, output) = await confined.run(
        f"{CURL} https://elsewhere.example/; {CURL} -k https://{ADDRESS}:8443/;"
        f"{CURL} -v -p http://web.test:22/ 2>&1 | grep '^< HTTP'"
    )
    assert confined.why() == [
        NOT_NAMED,
        f'network.allow "{ADDRESS}" leaves out port 8443',
        'network.allow "*.test" leaves out port 22',
    ]
    assert output.count("CONNECT tunnel failed, response 403") == 2
    assert "403 Refused by the sandbox: network.allow" in output
    assert (site.requests, confined.names.asked) == ([], [])


async def test_nothing_but_the_proxy_is_there_to_connect_to(confined: Any, site: Any) -> None:
    code, output = await confined.run(
        f"for to in {ADDRESS}/80 1.1.1.1/443 web.test/80; do (exec 3<>/dev/tcp/$to) && echo reached; done;"
        f"env -u http_proxy -u HTTP_PROXY {CURL} --noproxy '*' http://{ADDRESS}/;"
        f"NO_PROXY='*' no_proxy='*' {CURL} http://web.test/"
    )
    assert (code != 0, "reached" in output, "hello" in output) == (True, False, False)
    assert (site.requests, confined.refused) == ([], [])


async def test_name_is_resolved_once_and_that_address_dialled(confined: Any, site: Any) -> None:
    class Rebinding:
        asked = 0

        async def __call__(self, host: str, port: int) -> list[str]:
            self.asked += 1
            return [ADDRESS] if self.asked == 1 else ["127.0.0.1"]

    confined.names = Rebinding()
    assert await confined.run(f"{CURL} http://web.test/hello") == (0, "hello\n")
    assert confined.names.asked == 1
    await confined.run(f"{CURL} http://web.test/hello")
    assert confined.why() == ["private addresses: 127.0.0.1 is loopback"]


async def test_second_request_on_a_connection_never_leaves(confined: Any, site: Any) -> None:
    one = "GET http://web.test/hello HTTP/1.1\r\nHost: web.test\r\n"
    smuggled = "POST /smuggled HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 0\r\n\r\n"
    for head in (
        "\r\n",
        "Content-Length: 2\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ):
        (_, output) = await confined.run(raw(one + head + smuggled))
        assert (output.count("HTTP/1."), "Connection: close" in output) == (1, True), output
    assert site.requests == ["GET web.test /hello"] * 3


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5", "Content-Length: +5", "Transfer-Encoding: xchunked", "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "X: a\nContent-Length: 5", "X: a\r\n folded: b",
        "Transfer-Encoding:\x0bchunked", "X: a\rContent-Length: 5",
    ],
)  # fmt: skip
async def test_ambiguous_framing_is_refused(confined: Any, site: Any, framing: str) -> None:
    request = (
        f"GET http://web.test/hello HTTP/1.1\r\nHost: web.test\r\n{framing}\r\n\r\n0\r\n\r\nGET"
    )
    (_, output) = await confined.run(raw(request))
    assert "HTTP/1.1 403 Refused by the sandbox: malformed request" in output
    assert (len(confined.refused), site.requests) == (1, [])


async def test_what_is_meant_for_the_proxy_stays_there(confined: Any, site: Any) -> None:
    await confined.run(
        f"{CURL} -x http://user:secret@127.0.0.1:3128 -H 'Connection: X-Hop' -H 'X-Hop: 1'"
        " -H 'Upgrade: h2c' -H 'Keep-Alive: 5' -H 'TE: trailers' http://web.test/hello"
    )
    assert site.headers == ["accept", "connection", "host", "user-agent"]


async def test_bodies_arrive_whole_in_either_framing(confined: Any, site: Any) -> None:
    confined.rules = NetworkRules(allow=("web.test", ADDRESS), methods=("POST web.test",))
    (confined.project / "data").write_bytes(os.urandom(3_000_000))
    script = (
        f"{CURL} --data-binary @data http://web.test/ | cmp - data &&"
        f"{CURL} -H 'Transfer-Encoding: chunked' --data-binary @data http://web.test/ | cmp - data"
    )
    assert await confined.run(script) == (0, "")


async def test_plain_http_in_a_tunnel_is_judged_like_any_other(confined: Any, site: Any) -> None:
    assert await confined.run(f"{CURL} -p http://web.test/hello") == (0, "hello\n")
    await confined.run(raw("CONNECT web.test:443 HTTP/1.1\r\n\r\nSSH-2.0-x\r\n\r\n"))
    await confined.run(
        raw("CONNECT web.test:80 HTTP/1.1\r\nHost: web.test:80\r\n\r\nSSH-2.0-x\r\n\r\n")
    )
    assert confined.why() == [
        "malformed request: there must be one Host header",
        "malformed request: not an HTTP/1.1 request",
    ]


async def test_port_that_a_rule_names_carries_anything(confined: Any, site: Any) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"banner\n")
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(greet, ADDRESS, 0)
    port = server.sockets[0].getsockname()[1]
    confined.rules = NetworkRules(allow=(f"web.test:{port}", f"{ADDRESS}:*"))
    script = raw(f"CONNECT web.test:{port} HTTP/1.1\r\nHost: web.test:{port}\r\n\r\nmine\n")
    async with server:
        (_, output) = await confined.run(script)
    assert output.split("\r\n\r\n")[1] == "banner\nmine\n"


async def test_refusal_that_is_approved_goes_on(confined: Any, site: Any) -> None:
    confined.approve = True
    confined.rules = NetworkRules(deny=("evil.test",))
    script = f"{CURL} http://web.test/hello; {CURL} http://evil.test/hello"
    (code, output) = await confined.run(script)
    assert output.startswith("hello\n")
    assert (code, "network.deny" in output) == (0, True)
    assert confined.refused == [
        NetworkRefused(
            host="web.test",
            port=80,
            method="GET",
            rule=NOT_NAMED,
            suggestion='add "web.test" to network.allow',
            approvable=True,
        ),
        NetworkRefused(
            host="web.test",
            port=80,
            method="GET",
            rule=f"private addresses: {ADDRESS} is loopback",
            suggestion=f'add "{ADDRESS}" to network.allow',
            approvable=True,
        ),
        NetworkRefused(
            host="evil.test",
            port=80,
            method="GET",
            rule='network.deny "evil.test"',
            suggestion="remove it from network.deny",
            approvable=False,
        ),
    ]


async def test_host_that_does_not_answer_is_a_bad_gateway(confined: Any, site: Any) -> None:
    confined.rules = NetworkRules(allow=("*", f"{ADDRESS}:*", "web.test:1"))
    (_, output) = await confined.run(f"{CURL} http://unknown.test/; {CURL} http://web.test:1/")
    assert output.splitlines() == [
        "the name unknown.test cannot be resolved",
        "web.test:1 cannot be reached: Connect call failed ('" + ADDRESS + "', 1)",
    ]


async def test_large_download_stays_in_flat_memory(confined: Any, site: Any) -> None:
    await confined.run(f"{CURL} http://web.test/hello")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (code, output) = await confined.run(
        f"{CURL} http://web.test/large | wc -c; {CURL} -p http://web.test/large | wc -c"
    )
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (code, output.split()) == (0, [str(LARGE_BYTES)] * 2)
    assert after - before < 30_000  # kilobytes


async def test_command_gets_a_terminal_and_no_descriptor_of_the_proxys(
    confined: Any, site: Any
) -> None:
    script = f"test -t 0 && {CURL} http://web.test/hello; echo /proc/self/fd/*; trap"
    process = await confined.start(script, tty=True)
    output = b""
    while data := await process.read():
        output += data
    assert await process.wait() == 0
    fds = " ".join(f"/proc/self/fd/{number}" for number in (0, 1, 2, 255, 3))
    assert output.decode().splitlines() == ["hello", fds.replace(" /proc/self/fd/255", "")]


async def test_flood_of_connections_and_endless_heads_stay_bounded(
    confined: Any, site: Any
) -> None:
    code = (
        "import socket\n"
        "many = [socket.create_connection(('127.0.0.1', 3128), 20) for _ in range(150)]\n"
        "for s in many: s.sendall(b'GET http://web.test/hello HTTP/1.1\\r\\nHost: web.test\\r\\n')\n"
        "for s in many[:100]: s.close()\n"
        "for s in many[100:]: s.sendall(b'\\r\\n')\n"
        "print(sum(b'200 OK' in s.recv(65536) for s in many[100:]))\n"
        "s = socket.create_connection(('127.0.0.1', 3128), 20)\n"
        "s.sendall(b'GET http://web.test/hello HTTP/1.1\\r\\nX: ' + bytes([97]) * 200_000)\n"
        "print(s.recv(65536).split(b'\\r\\n')[0].decode())\n"
    )
    assert await confined.run(f"{PYTHON} -c {shlex.quote(code)}") == (
        0,
        "50\nHTTP/1.1 403 Refused by the sandbox: malformed request: too large\n",
    )


async def test_nothing_listens_on_the_host(confined: Any, site: Any) -> None:
    process = await confined.start(f"{CURL} http://web.test/hello; read x < /dev/zero")
    assert await process.read() == b"hello\n"
    inside = [str(it.inode) for it in _of_proxy() if it.bound == ("127.0.0.1", 3128)]
    on_host = (await asyncio.to_thread(Path("/proc/net/tcp").read_text)).split()
    assert (inside != [], set(inside) & set(on_host)) == (True, set())
    await process.kill()


async def test_killed_command_leaves_no_socket(confined: Any, site: Any) -> None:
    process = await confined.start(f"echo ready; {CURL} http://web.test/large | (read x; sleep 99)")
    assert await process.read() == b"ready\n"
    await asyncio.to_thread(site.asked.wait)
    assert len(_of_proxy()) == 3
    await process.kill()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert _of_proxy() == []


class _Socket(NamedTuple):
    bound: tuple[str, int]
    inode: int


def _of_proxy() -> list[_Socket]:
    """This process's sockets that belong to a proxy: to a command, or to the web servers."""
    found: list[_Socket] = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            if not str(link.readlink()).startswith("socket:"):
                continue  # what is no socket would keep its copy open
            with socket.socket(fileno=os.dup(int(link.name))) as copy:
                inode = os.fstat(copy.fileno()).st_ino
                if copy.family != socket.AF_INET:
                    continue
                bound = copy.getsockname()
                if bound[1] == 3128 or copy.getpeername() == (ADDRESS, 80):
                    found.append(_Socket(bound, inode))
        except OSError:
            continue  # no socket, or one without another end
    return found


async def test_killed_agent_leaves_nothing(confined: Any, tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from journeyman.sandbox.api import Command\n"
        "from journeyman.sandbox.bubblewrap import BubblewrapLauncher, bubblewrap_programs\n"
        "from journeyman.sandbox.policy import NetworkRules, Policy\n"
        "async def main():\n"
        "    programs = bubblewrap_programs('/usr/bin:/bin')\n"
        "    launcher = BubblewrapLauncher(programs, readable=sys.argv[2:])\n"
        "    rules = NetworkRules(allow=('*',))\n"
        "    script = 'exec 3<>/dev/tcp/127.0.0.1/3128; exec 9> alive; flock 9; echo ready; cat <&3'\n"
        "    command = Command(argv=('/bin/bash', '-c', script), cwd=sys.argv[1], env={'PATH': '/usr/bin:/bin'})\n"
        "    policy = Policy(writable_roots=(sys.argv[1],), network_rules=rules)\n"
        "    process = await launcher.launch(command, policy)\n"
        "    print((await process.read()).decode(), flush=True)\n"
        "    await process.wait()\n"
        "asyncio.run(main())\n"
    )
    agent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, str(confined.project), *confined.readable),
        stdout=asyncio.subprocess.PIPE,
    )
    assert agent.stdout is not None
    assert await agent.stdout.readline() == b"ready\n"
    agent.send_signal(signal.SIGKILL)
    await agent.wait()
    with (confined.project / "alive").open("w") as file:
        await asyncio.to_thread(
            subprocess.run, ["flock", str(file.fileno())], pass_fds=[file.fileno()], check=True
        )
