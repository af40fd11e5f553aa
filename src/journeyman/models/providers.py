"""Who serves models: names, addresses and where their keys are found. Data and one rule, no I/O.

Keys themselves never live here; whoever composes a client reads them and passes them on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec


class KeyCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A program of the user's that prints a key: run again once it is older than the interval, or refused.

    0 as the interval means that it is run again only where the key was refused.
    """

    command: str
    args: Sequence[str] = ()
    timeout_ms: int = 5_000
    refresh_interval_ms: int = 300_000
    cwd: str | None = None


class AwsLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Requests without a key are signed with the user's AWS credentials: of this profile, for this region.

    None for either leaves it to AWS's own configuration.
    """

    profile: str | None = None
    region: str | None = None


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One service that answers prompts; the fields are those of `model_providers.<id>` in the config.

    A built-in address may hold `{VARIABLE}`, filled in from the user's environment when it is asked.
    """

    id: str
    name: str
    base_url: str = ""
    env_key: str | None = None
    env_key_instructions: str | None = None
    wire_api: str = "responses"
    query_params: Mapping[str, str] = {}
    http_headers: Mapping[str, str] = {}
    env_http_headers: Mapping[str, str] = {}
    request_max_retries: int = 4
    stream_max_retries: int = 5
    stream_idle_timeout_ms: int = 300_000
    requires_openai_auth: bool = False
    experimental_bearer_token: str | None = None
    auth: KeyCommand | None = None
    aws: AwsLogin | None = None


DEFAULT_PROVIDER = "openai"
# Nobody listens there: whoever asks starts the server, which then has an address.
ON_DEMAND = "local:smollm2"

BUILT_IN: Mapping[str, Provider] = MappingProxyType(
    {
        provider.id: provider
        for provider in (
            Provider(
                id="openai",
                name="OpenAI",
                base_url="https://api.openai.com/v1",
                env_key="OPENAI_API_KEY",
                env_key_instructions=(
                    "Create one at https://platform.openai.com/api-keys and export it as OPENAI_API_KEY."
                ),
                requires_openai_auth=True,
            ),
            Provider(
                id="openrouter",
                name="OpenRouter",
                base_url="https://openrouter.ai/api/v1",
                env_key="OPENROUTER_API_KEY",
            ),
            Provider(
                id="anthropic",
                name="Anthropic",
                base_url="https://api.anthropic.com/v1",
                env_key="ANTHROPIC_API_KEY",
                wire_api="messages",
            ),
            Provider(
                id="google",
                name="Google Gemini",
                base_url="https://generativelanguage.googleapis.com/v1beta",
                env_key="GEMINI_API_KEY",
                wire_api="gemini",
            ),
            Provider(
                id="azure",
                name="Azure OpenAI",
                base_url="https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
                env_key="AZURE_OPENAI_API_KEY",
            ),
            # Its endpoints for OpenAI's and Anthropic's dialects, which stream as those do: no event stream of
            # AWS's own is met.
            Provider(
                id="bedrock",
                name="Amazon Bedrock",
                base_url="https://bedrock-runtime.{AWS_REGION}.amazonaws.com/openai/v1",
                env_key="AWS_BEARER_TOKEN_BEDROCK",
                wire_api="chat",
                aws=AwsLogin(),
            ),
            # The next two go by the reference program's names.
            Provider(
                id="amazon-bedrock",
                name="Amazon Bedrock (Mantle)",
                base_url="https://bedrock-mantle.{AWS_REGION}.api.aws/openai/v1",
                env_key="AWS_BEARER_TOKEN_BEDROCK",
                aws=AwsLogin(),
            ),
            Provider(
                id="amazon-bedrock-runtime",
                name="Amazon Bedrock Runtime",
                base_url="https://bedrock-runtime.{AWS_REGION}.amazonaws.com/openai/v1",
                env_key="AWS_BEARER_TOKEN_BEDROCK",
                aws=AwsLogin(),
            ),
            Provider(
                id="bedrock-claude",
                name="Claude on Amazon Bedrock",
                base_url="https://bedrock-runtime.{AWS_REGION}.amazonaws.com/anthropic/v1",
                env_key="AWS_BEARER_TOKEN_BEDROCK",
                wire_api="messages",
                aws=AwsLogin(),
            ),
            Provider(
                id="mistral",
                name="Mistral",
                base_url="https://api.mistral.ai/v1",
                env_key="MISTRAL_API_KEY",
                wire_api="chat",
            ),
            Provider(
                id="deepseek",
                name="DeepSeek",
                base_url="https://api.deepseek.com/v1",
                env_key="DEEPSEEK_API_KEY",
                wire_api="chat",
            ),
            Provider(
                id="groq",
                name="Groq",
                base_url="https://api.groq.com/openai/v1",
                env_key="GROQ_API_KEY",
                wire_api="chat",
            ),
            Provider(
                id="moonshot",
                name="Moonshot (Kimi)",
                base_url="https://api.moonshot.ai/v1",
                env_key="MOONSHOT_API_KEY",
                wire_api="chat",
            ),
            Provider(
                id="zai",
                name="Z.ai (GLM)",
                base_url="https://api.z.ai/api/paas/v4",
                env_key="ZAI_API_KEY",
                wire_api="chat",
            ),
            Provider(
                id="dashscope",
                name="Alibaba Model Studio (Qwen)",
                base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                env_key="DASHSCOPE_API_KEY",
                wire_api="chat",
            ),
            Provider(id="xai", name="xAI", base_url="https://api.x.ai/v1", env_key="XAI_API_KEY"),
            Provider(id="ollama", name="Ollama", base_url="http://localhost:11434/v1"),
            Provider(id="lmstudio", name="LM Studio", base_url="http://localhost:1234/v1"),
            Provider(id="llamacpp", name="llama.cpp", base_url="http://localhost:8080/v1"),
            Provider(id="vllm", name="vLLM", base_url="http://localhost:8000/v1"),
            Provider(id="local", name="Local (experimental)", base_url=ON_DEMAND, wire_api="chat"),
            Provider(id="offline", name="Offline repair", wire_api="offline"),
        )
    }
)


def resolve_model(
    name: str, provider_id: str | None, providers: Mapping[str, Provider]
) -> tuple[Provider, str]:
    """Which provider to ask for which model.

    The part of `name` before its first slash is the provider where one of that id is configured or
    built in; otherwise the whole is the model's name.

    Args:
        name: what the user wrote, `provider/model` or a model's name.
        provider_id: the configured provider, asked for names without one; None for the default.
        providers: the configured providers by id; they win over the built-in ones.

    Raises:
        LookupError: `provider_id` names no provider; the text lists those there are.
    """
    known = {**BUILT_IN, **providers}
    head, slash, rest = name.partition("/")
    if slash and rest and head in known:
        return known[head], rest
    wanted = provider_id or DEFAULT_PROVIDER
    if wanted not in known:
        raise LookupError(
            f"no model provider {wanted!r}; there are {', '.join(sorted(known))}. "
            f"Others are configured as [model_providers.{wanted}] with a base_url."
        )
    return known[wanted], name
