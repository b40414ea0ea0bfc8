"""What answers at the address of an MLflow server: asked once, in words of its own, before MLflow tries again and again in silence."""

from __future__ import annotations

import time
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from contracts.errors import RegistryError
from contracts.secrets import masked, shown
from models.registry.unopened import WHERE

SEARCH = "/api/2.0/mlflow/experiments/search"
ANSWERED = frozenset({"experiments", "next_page_token"})
"""Keys of an MLflow server's answer; of one that keeps no experiment there is none."""
PAUSES = (1.0, 2.0)
"""Seconds between tries: a server that is being restarted answers soon, or is none."""
TOO_MANY, BROKEN, REFUSED = 429, 500, range(401, 404)


def ask(uri: str, seconds: float) -> None:
    """Asks the server at an address for its first experiment.

    Args:
        uri: http:// or https://.
        seconds: one answer may take.

    Raises:
        RegistryError: nothing answers, it answers that it cannot, or is no MLflow server. Whom it does not let in MLflow itself says.
    """
    answer = _answer(uri, seconds)
    for pause in PAUSES:
        if isinstance(answer, str) or _is_unable(answer):
            time.sleep(pause)
            answer = _answer(uri, seconds)
    if isinstance(answer, str):
        raise RegistryError(
            "The registry does not answer.",
            where=WHERE,
            value=masked(f"{shown(uri)}: {answer}", uri),
            next_step="Start its server, or correct the address; ask whoever runs it whether a firewall or a proxy stands between.",
        )
    if _is_unable(answer):
        raise RegistryError(
            f"The registry's server answers with the error {answer.status_code}.",
            where=WHERE,
            value=masked(f"{shown(uri)}: {answer.reason}", uri),
            next_step="Look into its log, or ask whoever runs it; nothing was written. Run again once it is well.",
        )
    if answer.status_code not in REFUSED and not _is_mlflow(answer):
        raise RegistryError(
            "What answers at the registry's address is no MLflow server.",
            where=WHERE,
            value=masked(f"{answer.url}: {answer.status_code}, {answer.text[:80]!r}", uri),
            next_step="Correct the address: it is that under which a browser shows MLflow's pages. A page to log in there "
            "means that a proxy stands between; ask whoever runs it for an address that programs may use.",
        )


def _answer(uri: str, seconds: float) -> Any:
    """The answer, or why there is none."""
    try:
        creds = get_default_host_creds(uri)  # type: ignore[no-untyped-call]  # MLflow types neither
        once: dict[str, Any] = {"max_retries": 0, "timeout": seconds, "raise_on_status": False}
        return http_request(creds, SEARCH, "POST", **once, json={"max_results": 1})  # type: ignore[no-untyped-call]
    except MlflowException as error:
        return str(error).rpartition("failed with exception ")[2]


def _is_unable(answer: Any) -> bool:
    return bool(answer.status_code == TOO_MANY or answer.status_code >= BROKEN)


def _is_mlflow(answer: Any) -> bool:
    try:
        said = answer.json()
    except ValueError:
        return False
    return answer.status_code == 200 and isinstance(said, dict) and said.keys() <= ANSWERED
