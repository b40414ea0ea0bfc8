"""The registry of the portfolio that is worked on, as the settings and the environment name it."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from contracts.errors import ConfigError
from models.registry.registry import Registry
from models.registry.signing import Keys
from pipelines import paths
from pipelines.settings import Settings, from_environment, registry_uri


def registry_of(settings: Settings) -> Registry:
    """The registry, opened."""
    return Registry(registry_uri(settings), settings.name, signing_keys(settings))


def signing_keys(settings: Settings) -> Keys:
    """With which key versions are signed, and whose are trusted: the key in the variable the params name, else in a file.

    Raises:
        ConfigError: the params hold something else than a variable's name, such as the key itself; it is not shown.
    """
    register = settings.params.register_
    where = f"{paths.PARAMS} > register > signing_variable"
    if not register.signing_variable.isidentifier():
        raise ConfigError(
            "The value is not the name of an environment variable.",
            where=where,
            next_step="Write a name such as BONITAS_SIGNING_KEY there, and put the key into that variable; a private key belongs in "
            "no file under git. If one stood there, make a new one: that one is known.",
        )
    secret = from_environment(register.signing_variable, where)
    return Keys(
        Path(register.signing_key),
        Path(register.signers),
        SecretStr(secret) if secret else None,
        register.unsigned,
    )
