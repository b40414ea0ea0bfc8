"""Who signed a version: keys made for their owner alone, signatures that nobody else can make, signers that are known or not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from contracts.errors import BundleError, ConfigError
from models.registry.signing import (
    SIGNATURE,
    SIGNER,
    Claim,
    Keys,
    fingerprint,
    public_text,
    signed,
    verify,
    write_key,
)

CLAIM = Claim("bonitas-demo", "3", "a" * 64, "b" * 64, is_logged=True)


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.chdir(tmp_path)
    return Keys().at(tmp_path)


def tags(keys: Keys) -> dict[str, str]:
    return signed(keys, CLAIM.name, CLAIM.sealed or "", CLAIM.evidence)


def pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def test_the_key_is_made_once_for_its_owner_alone(keys: Keys) -> None:
    assert keys.own() is None
    assert keys.known() == {}, "verifying makes no key"
    assert not keys.file.exists()
    made = tags(keys)
    assert stat.S_IMODE(keys.file.stat().st_mode) == 0o600
    before = keys.file.read_bytes()
    assert tags(keys) == made, "Ed25519 draws nothing: the same version, the same signature"
    assert keys.file.read_bytes() == before
    assert made[SIGNER] == fingerprint(keys.signing().public_key())
    assert keys.file.with_suffix(".pub").read_text() == public_text(keys.signing().public_key())
    assert not any("PRIVATE" in text or text in before.decode() for text in made.values())
    verify(keys, CLAIM, made)


def test_a_known_signature_of_a_known_key(keys: Keys) -> None:
    """RFC 8032, 7.1, test 1: the key whose public half is d75a9801..."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    write_key(keys.file, Ed25519PrivateKey.from_private_bytes(seed))
    own = keys.signing()
    assert own.public_key().public_bytes_raw().hex().startswith("d75a980182b10ab7d54bfed3c964073a")
    assert own.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873")


@pytest.mark.parametrize(
    "other",
    [
        Claim("bonitas-mine", "3", "a" * 64, "b" * 64, is_logged=True),
        Claim("bonitas-demo", "3", "c" * 64, "b" * 64, is_logged=True),
        Claim("bonitas-demo", "3", "a" * 64, "c" * 64, is_logged=True),
        Claim("bonitas-demo", "3", None, "b" * 64, is_logged=True),
    ],
)
def test_a_signature_of_anything_else_is_refused(keys: Keys, other: Claim) -> None:
    with pytest.raises(BundleError, match="not of this version"):
        verify(keys, other, tags(keys))


def test_a_signature_that_was_changed_or_taken_away_is_refused(keys: Keys) -> None:
    made = tags(keys)
    first = "B" if made[SIGNATURE][0] == "A" else "A"  # of which every bit counts
    turned = {**made, SIGNATURE: first + made[SIGNATURE][1:]}
    for wrong in (turned, {**made, SIGNATURE: "no base64!"}, {**made, SIGNATURE: ""}):
        with pytest.raises(BundleError, match="not of this version"):
            verify(keys, CLAIM, wrong)
    with pytest.raises(BundleError, match="registered with one"):
        verify(keys, CLAIM, {})


def test_a_version_from_before_signatures_is_noted_or_refused(
    keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Claim("bonitas-demo", "1", "a" * 64, "", is_logged=False)
    verify(keys, old, {})
    assert "bonitas-demo version 1 was registered before versions were signed" in capsys.readouterr().err  # fmt: skip
    strict = Keys(keys.file, keys.trusted, None, "refuse")
    with pytest.raises(BundleError, match="bears no signature"):
        verify(strict, old, {})


def test_another_signer_is_refused_until_the_public_key_is_there(keys: Keys) -> None:
    theirs = Ed25519PrivateKey.generate()
    by_variable = Keys(keys.file, keys.trusted, SecretStr(pem(theirs)))
    made = tags(by_variable)
    assert not keys.file.exists(), "a key in a variable is written nowhere"
    assert pem(theirs).splitlines()[1] not in repr(by_variable)
    verify(by_variable, CLAIM, made)
    with pytest.raises(BundleError, match="not trusted here") as caught:
        verify(keys, CLAIM, made)
    assert caught.value.value == f"signer {fingerprint(theirs.public_key())}"
    assert "configs/signers as NAME.pub" in caught.value.next_step
    keys.trusted.mkdir(parents=True)
    (keys.trusted / "ci.pub").write_text(public_text(theirs.public_key()))
    verify(keys, CLAIM, made)
    # under another's name nobody signs
    with pytest.raises(BundleError, match="not of this version"):
        verify(keys, CLAIM, {**tags(keys), SIGNER: made[SIGNER]})


def test_a_lost_key_leaves_its_public_half_and_the_way_back_is_told(keys: Keys) -> None:
    """What it signed is refused until a person trusts it, also once a new key has been made; for it may be gone because it was stolen."""
    made = tags(keys)
    keys.file.unlink()
    with pytest.raises(BundleError, match="a key of this project that is gone") as caught:
        verify(keys, CLAIM, made)
    assert "cp .bonitas/signing.pub configs/signers/NAME.pub" in caught.value.next_step
    new = tags(keys)
    assert new[SIGNER] != made[SIGNER]
    verify(keys, CLAIM, new)
    kept = f".bonitas/signing.{made[SIGNER]}.pub"
    with pytest.raises(BundleError, match="a key of this project that is gone") as caught:
        verify(keys, CLAIM, made)
    assert kept in str(caught.value.value)
    keys.trusted.mkdir(parents=True)
    (keys.trusted / "lost.pub").write_bytes(Path(kept).read_bytes())
    verify(keys, CLAIM, made)
    verify(keys, CLAIM, new)


def test_keys_that_are_none_or_lie_wrong_are_named_and_never_shown(keys: Keys) -> None:
    wrong = {
        "rubbish": "rubbish",
        "another curve": pem(ec.generate_private_key(ec.SECP256R1())),
    }
    for text in wrong.values():
        with pytest.raises(ConfigError, match="no Ed25519 key") as caught:
            Keys(keys.file, keys.trusted, SecretStr(text)).signing()
        assert text not in str(caught.value)
    key = pem(Ed25519PrivateKey.generate())
    keys.trusted.mkdir(parents=True)
    (keys.trusted / "ann.pub").write_text(key)
    with pytest.raises(ConfigError, match="private key lies where public") as caught:
        keys.known()
    assert caught.value.where == "configs/signers/ann.pub"
    assert key.splitlines()[1] not in str(caught.value)
    (keys.trusted / "ann.pub").write_text("ssh-ed25519 AAAA")
    with pytest.raises(ConfigError, match="no Ed25519 public key"):
        keys.known()
    (keys.trusted / "ann.pub").unlink()
    keys.signing()
    keys.file.chmod(0o644)
    with pytest.raises(ConfigError, match="Others may read") as caught:
        keys.own()
    assert (caught.value.where, caught.value.value) == (".bonitas/signing.key", "mode 644")


@pytest.mark.parametrize(
    ("seal", "said"), [("a" * 64, "its seal alone"), (None, "its digest, which covers the model's own files, alone")]
)  # fmt: skip
def test_the_note_on_an_unsigned_version_says_what_was_checked(
    keys: Keys, capsys: pytest.CaptureFixture[str], seal: str | None, said: str
) -> None:
    verify(keys, Claim("bonitas-demo", "1", seal, "", is_logged=False), {})
    assert f"{said} was checked" in capsys.readouterr().err
