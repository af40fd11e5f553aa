"""Requests to Bedrock, signed with AWS credentials; the signature is checked by a computation of our own.

AWS's rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

from journeyman.cli.providers import with_address
from journeyman.models.providers import BUILT_IN
from journeyman.testing.mock_provider import RecordedRequest
from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
DONE = Step(items=[Say("done")])
CREDENTIALS = f"[dev]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})"
)


def signature(request: RecordedRequest, scope: str, names: str) -> str:
    """What the signature has to be; `scope` is date/region/service/aws4_request."""
    headers: Mapping[str, str] = request.headers
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in names.split(";")]
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, "", "".join(lines), names, body])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{digest}"
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def test_own_computation_gives_what_aws_publishes() -> None:
    headers = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
    request = RecordedRequest(path="/", headers=headers, body=b"", method="GET")
    scope = "20150830/us-east-1/service/aws4_request"
    found = signature(request, scope, "host;x-amz-date")
    assert found == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


@pytest.fixture
def on_aws(program: Program) -> Program:
    """No credentials but those of a test, and Bedrock played here."""
    program.env |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(program.home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(program.home / "aws-credentials"),
        "AWS_REGION": "eu-west-1",
    }
    with program.config.open("a", encoding="utf-8") as file:
        for name in ("bedrock", "bedrock-claude"):
            file.write(f'[model_providers.{name}]\nbase_url = "{program.provider.base_url}"\n')
    return program


def check_signed(request: RecordedRequest, region: str) -> None:
    found = SIGNED.fullmatch(request.headers["authorization"])
    assert found is not None, request.headers["authorization"]
    key_id, _, scope = found[1].partition("/")
    date = request.headers["x-amz-date"][:8]
    assert (key_id, scope) == (KEY_ID, f"{date}/{region}/bedrock/aws4_request")
    assert {"host", "x-amz-date"} <= set(found[2].split(";"))
    assert found[3] == signature(request, scope, found[2])


@pytest.mark.parametrize("name", ["bedrock", "bedrock-claude"])
def test_request_without_a_key_is_signed_with_the_users_credentials(
    on_aws: Program, name: str
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    on_aws.env |= {**keys, "AWS_SESSION_TOKEN": "of-the-session"}
    on_aws.provider.script(DONE)
    done = on_aws.exec("-m", f"{name}/some.model", "hi")
    assert done.stdout == "done\n"
    [request] = on_aws.provider.requests
    check_signed(request, "eu-west-1")
    assert request.headers["x-amz-security-token"] == "of-the-session"
    assert "x-api-key" not in request.headers
    assert SECRET not in done.stdout + done.stderr


def test_profile_and_region_can_be_named_in_the_configuration(on_aws: Program) -> None:
    (on_aws.home / "aws-credentials").write_text(CREDENTIALS)
    on_aws.provider.script(DONE)
    chosen = ["-c", 'model_provider="bedrock"']
    missing = on_aws.run(*chosen, "doctor").stdout
    assert "neither a key nor AWS credentials for bedrock" in missing
    login = 'model_providers.bedrock.aws={ profile = "dev", region = "ap-south-1" }'
    assert on_aws.exec("-c", login, "-m", "bedrock/some.model", "hi").stdout == "done\n"
    check_signed(on_aws.provider.requests[0], "ap-south-1")
    told = on_aws.run(*chosen, "-c", login, "doctor").stdout
    assert "requests to bedrock are signed with AWS credentials" in told


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("amazon-bedrock", "us-east-2/bedrock-mantle"),
        ("amazon-bedrock-runtime", "us-east-2/bedrock"),
    ],
)
def test_service_and_region_are_those_of_the_address(
    on_aws: Program, name: str, scope: str
) -> None:
    url = with_address(BUILT_IN[name], {"AWS_REGION": "us-east-2"}).base_url + "/responses"
    sign = "from journeyman.auth.aws import AwsSigner as S; print(S('', profile=None, region='eu-west-1')"
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    signed = subprocess.run(
        [sys.executable, "-c", f"{sign}.sign('POST', {url!r}, b'')['Authorization'])"],
        env={**on_aws.env, **keys},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"/{scope}/aws4_request" in signed.stdout


def test_key_of_bedrock_counts_before_credentials(on_aws: Program) -> None:
    on_aws.env |= {"AWS_BEARER_TOKEN_BEDROCK": "a-key", "AWS_ACCESS_KEY_ID": KEY_ID}
    on_aws.provider.script(DONE)
    on_aws.exec("-m", "bedrock/some.model", "hi")
    assert on_aws.provider.requests[0].headers["authorization"] == "Bearer a-key"


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ("", "there are no AWS credentials, in model_providers.bedrock.aws: run aws configure or aws sso login"),
        ("nobody", "AWS credentials cannot be had: The config profile (nobody) could not be found"),
        ("single", "AWS credentials cannot be had: "),
    ],
)  # fmt: skip
def test_credentials_that_are_not_there_are_told_with_what_to_do(
    on_aws: Program, profile: str, says: str
) -> None:
    (on_aws.home / "aws-config").write_text(
        "[profile single]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n"
        "[sso-session s]\nsso_start_url = https://example.com/\nsso_region = eu-west-1\n"
    )
    on_aws.env |= {"AWS_PROFILE": profile} if profile else {}
    failed = on_aws.exec("-m", "bedrock/some.model", "hi")
    assert (failed.returncode, on_aws.provider.requests) == (1, [])
    assert says in failed.stderr
    assert "aws sso login" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_region_of_the_address_is_that_of_the_environment_or_of_the_profile(
    on_aws: Program,
) -> None:
    claude = BUILT_IN["bedrock-claude"]
    found = with_address(claude, {"AWS_DEFAULT_REGION": "us-west-2"}).base_url
    assert found == "https://bedrock-runtime.us-west-2.amazonaws.com/anthropic/v1"
    del on_aws.env["AWS_REGION"]
    on_aws.config.write_text("")
    login = ["login", "--provider", "bedrock", "--with-api-key"]
    nowhere = on_aws.run(*login, stdin=b"a-key")
    assert "AWS_REGION is not set" in nowhere.stderr
    (on_aws.home / "aws-config").write_text("[default]\nregion = eu-west-3\n")
    kept = on_aws.run(*login, stdin=b"a-key").stderr
    assert "for https://bedrock-runtime.eu-west-3.amazonaws.com." in kept
