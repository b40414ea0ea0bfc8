"""Wherever an address may hide a secret it is found, shown without it, and blanked in what others say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.config.base import parse
from contracts.config.engine import EngineConfig
from contracts.errors import ConfigError
from contracts.secrets import has_secret, masked, shown
from pipelines.configured.yaml_text import read_yaml

WORD = "hunter2"
HIDING = [
    "postgresql://ann:hunter2@db/erp",
    "postgresql://db/erp?user=ann&password=hunter2",
    "postgresql://db/erp?sslpassword=hunter2",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BUID%3Dann%3BPWD%3Dhunter2",
    "mssql+pyodbc:///?odbc_connect=UID%3Dann%3BPWD%3Dhunter2%3BEncrypt%3Dyes",
    "https://hunter2@host/mlflow",
    "https://host/x?X-Amz-Signature=hunter2&X-Amz-Date=1",
    "https://a.blob.core.windows.net/c?sv=1&sig=hunter2",
    "https://host/a?auth_token=hunter2",
    "https://host/a?api_key=hunter2",
    "s3://AKIA:hunter2@bucket/x",
    "host=db user=ann password=hunter2",
    "SELECT * FROM dblink('host=h user=u password=hunter2', 'SELECT 1')",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hunter2",
    "aws_secret_access_key=hunter2",
]
PLAIN = [
    "postgresql://ann@db/erp",
    "sqlite:///mlflow.db",
    "https://host/a?mail=ann@example.org",
    "WHERE token='x' AND signature = 1",
    "A password is asked for: see the handbook",
    "postgresql://db/erp?sslkey=/etc/key&passfile=/home/ann/.pgpass",
]


@pytest.mark.parametrize("address", HIDING)
def test_a_secret_is_found_and_never_shown(address: str) -> None:
    assert has_secret(address)
    assert WORD not in shown(address)
    assert WORD not in masked(f"cannot connect with {WORD} to {address}", address)


@pytest.mark.parametrize("text", PLAIN)
def test_what_holds_none_stays_as_it_is(text: str) -> None:
    assert not has_secret(text)
    assert masked(f"cannot connect to {text}") == f"cannot connect to {text}"


@pytest.mark.parametrize("address", HIDING)
@pytest.mark.parametrize("written", ["{}", "  # why: {{}}\n  a: {}", "'{}'", '"{}"', '"\\\n  {}"', ">-\n  {}"])  # fmt: skip
def test_no_config_holds_one_however_it_is_written(address: str, written: str, tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "params.yaml"
    quoted = address.replace("'", "''") if written == "'{}'" else address
    path.write_text(f"a:\n  b: {written.format(quoted)}\n" if "\n  a:" not in written else f"a:\n{written.replace('{{}}', 'x').format(address)}\n")  # fmt: skip
    with pytest.raises(ConfigError, match="holds an address with a password") as caught:
        read_yaml(path)
    assert WORD not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        r'"https://ann:\x68unter2@host"',
        r'"postgresql://db/erp?pass\u0077ord=hunter2"',
        '"https://ann:a #hunter2@host"',
        '"https://ann:hunt\\\n    er2@host"',
    ],
)
def test_a_secret_that_no_line_shows_is_found_in_what_the_lines_say(value: str, tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "params.yaml"
    path.write_text(f"register:\n  tracking_uri: {value}\n")
    with pytest.raises(ConfigError, match="holds an address with a password") as caught:
        read_yaml(path)
    assert WORD not in str(caught.value)
    assert "hunt" not in str(caught.value)


@pytest.mark.parametrize("key", ["spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key", "spark.ssl.keyPassword", "spark.hadoop.fs.s3a.session.token"])  # fmt: skip
def test_no_setting_of_spark_holds_one(key: str) -> None:
    with pytest.raises(ConfigError, match="conf holds what is secret") as caught:
        parse(EngineConfig, {"spark": {"conf": {key: WORD}}}, where="params.yaml > engine")
    assert key in str(caught.value)
    assert WORD not in str(caught.value)
