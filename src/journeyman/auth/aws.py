"""Requests signed with the user's AWS credentials (Signature Version 4), through the optional package `botocore`.

botocore finds the credentials as AWS's own tools do: variables, profiles, SSO, assumed roles, containers,
instances; it reads the process's environment and ~/.aws itself, and renews what expires. Nothing of it is kept here.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

from journeyman.auth.errors import AuthError

_REGION_IN_HOST = re.compile(r"//bedrock[a-z-]*\.([a-z0-9-]+)\.")
_MANTLE = "//bedrock-mantle."


class AwsSigner:
    """Signs for one provider; `sign` may ask AWS for credentials, and so is for a thread of its own."""

    def __init__(self, where: str, *, profile: str | None, region: str | None) -> None:
        """Nothing is loaded yet.

        Args:
            where: of the configuration, for errors.
            profile: the user's profile; None for the one that the environment names.
            region: what the user says; None leaves it to the profile.
        """
        self._where = where
        self._profile = profile
        self._region = region
        self._credentials: Any = None

    def sign(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that sign this request; raises `AuthError`, which says what to do."""
        auth = self._module("botocore.auth")
        request = self._module("botocore.awsrequest").AWSRequest(method, url, data=body)
        found = _REGION_IN_HOST.search(url)
        service = "bedrock-mantle" if _MANTLE in url else "bedrock"
        region = found[1] if found else self.region()
        auth.SigV4Auth(self._frozen(), service, region).add_auth(request)
        return dict(request.headers.items())

    def region(self) -> str | None:
        """The region that the user said, else that of the profile; raises `AuthError`."""
        if self._region is not None:
            return self._region
        try:
            return self._session().get_config_variable("region")
        except Exception as error:
            raise self._failed(error) from error

    def _frozen(self) -> Any:
        try:
            if self._credentials is None:
                self._credentials = self._session().get_credentials()
            if self._credentials is not None:
                return self._credentials.get_frozen_credentials()
        except AuthError:
            raise
        except Exception as error:
            raise self._failed(error) from error
        raise AuthError(
            "there are no AWS credentials",
            where=self._where,
            fix="run aws configure or aws sso login, name a profile (AWS_PROFILE), or set AWS_BEARER_TOKEN_BEDROCK",
        )

    def _session(self) -> Any:
        return self._module("botocore.session").Session(profile=self._profile)

    def _module(self, name: str) -> Any:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            raise AuthError(
                "there is no API key, and the package that signs with AWS credentials is not installed",
                where=self._where,
                fix='pip install "journeyman[bedrock]", or set AWS_BEARER_TOKEN_BEDROCK',
            ) from error

    def _failed(self, error: Exception) -> AuthError:
        text = " ".join(str(error).split())[:300]
        fix = "run aws sso login or aws configure, or name another profile"
        return AuthError(f"AWS credentials cannot be had: {text}", where=self._where, fix=fix)
