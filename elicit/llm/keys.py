"""API keys: where they come from, and how they are kept out of everything that is written.

One rule: a key is handed to the call it is for, with the address it is for; a server of the user's own never gets the
key of a provider, nor does one that a variable of the environment would send the call to.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from elicit.errors import InvalidInput

NO_KEY = "none"  # sent to a server that wants no key: with none given, the client would look for one by itself
LOOKS_LIKE_A_KEY = re.compile(r"(?i)\b(sk|pk|rk|gsk|xai|AIza|hf|r8)[-_][\w*-]{6,}|bearer\s+\S+|AIza[\w-]{20,}")
ADDRESS_ENDINGS = ("API_BASE", "BASE_URL", "API_BASE_URL", "API_URL", "URL", "ENDPOINT", "API_ENDPOINT")
SHORTEST_SECRET = 6  # letters; blotting out shorter values would blot out ordinary words


class Keys:
    """Keys by the name of their environment variable.

    >>> keys = Keys({"OPENAI_API_KEY": "sk-test-123456"})
    >>> keys.of("openai/gpt-4o", None, None)
    'sk-test-123456'
    >>> keys.of("openai/gpt-4o", "http://localhost:8000/v1", None)
    'none'
    >>> keys.scrub("401: sk-test-123456 is wrong")
    '401: *** is wrong'
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._used: set[str] = set()

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Keys":
        """The environment, and above it the lines `NAME=value` of the file that ELICIT_SECRETS_FILE names."""
        file = environ.get("ELICIT_SECRETS_FILE")
        return cls({**environ, **secrets(Path(file))} if file else environ)

    def of(self, model: str, api_base: str | None, name: str | None) -> str:
        """The key for calls of `model` at `api_base`; `name` is the variable the plan names.

        Raises `InvalidInput` naming the variable where it is not set, or where one would send the call elsewhere.
        """
        if name is None and api_base is not None:
            return NO_KEY
        if api_base is None and (elsewhere := redirection(model, self._values)):
            raise InvalidInput(
                f"model {model!r} has no api_base in the plan, and {elsewhere} is set: calls go where the plan says, "
                "so write that address into the plan as api_base, or unset the variable"
            )
        name = name or provider_variable(model)
        key = self._values.get(name, "")
        if not key:
            raise InvalidInput(
                f"model {model!r} needs an API key: set the environment variable {name}, put it into the file that "
                "ELICIT_SECRETS_FILE names, or name another variable with api_key_env"
            )
        self._used.add(key)
        return key

    def scrub(self, text: str) -> str:
        """The text with every key in it, and what looks like one, blotted out."""
        for key in sorted(self._used, key=len, reverse=True):
            if len(key) >= SHORTEST_SECRET:
                text = text.replace(key, "***")
        return LOOKS_LIKE_A_KEY.sub("***", text)


def provider_variable(model: str) -> str:
    """The variable that usually holds the key of a model's provider.

    >>> provider_variable("anthropic/claude-sonnet-4"), provider_variable("gpt-4o")
    ('ANTHROPIC_API_KEY', 'OPENAI_API_KEY')
    """
    provider = model.partition("/")[0] if "/" in model else "openai"
    provider = {"text-completion-openai": "openai", "together_ai": "togetherai"}.get(provider, provider)
    return f"{provider.upper().replace('-', '_')}_API_KEY"


def redirection(model: str, environ: Mapping[str, str]) -> str | None:
    """The variable, if one is set, by which litellm would call a provider at another address than its own.

    >>> redirection("gpt-4o", {"OPENAI_BASE_URL": "https://elsewhere.example", "GROQ_API_BASE": ""})
    'OPENAI_BASE_URL'
    """
    providers = {model.partition("/")[0].upper().replace("-", "_"), provider_variable(model).removesuffix("_API_KEY")}
    names = [f"{provider}_{ending}" for provider in sorted(providers) for ending in ADDRESS_ENDINGS]
    return next((name for name in (*names, "USE_LITELLM_PROXY") if environ.get(name)), None)


def secrets(file: Path) -> dict[str, str]:
    """The `NAME=value` lines of a secrets file; comments and blank lines are skipped."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} (ELICIT_SECRETS_FILE) cannot be read: {type(error).__name__}") from None
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip().removeprefix("export "): value.strip().strip("\"'") for name, _, value in pairs}
