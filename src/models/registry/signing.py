"""Who registered a version: a signature over its seal and its evidence, made offline, verified before every load.

The seal says that the files are those that were registered; its sha256 is a tag, and whoever may write to the registry
may change both. A signature cannot be made again without the key. Keys are Ed25519, on an elliptic curve: unlike ECDSA
it draws no random number, so the same version has the same signature. Signatures are tags of the version and enter no
output of DVC; the private key lies outside git, or in an environment variable.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import SecretStr

from contracts.errors import BundleError, ConfigError
from contracts.files import whole_file, write_text
from contracts.locks import alone_with

SIGNATURE, SIGNER = "signature", "signer"
PATIENCE = 60.0  # seconds for another process that makes the key
OTHERS = 0o077  # rights of anybody but the owner
NEW_KEY = "`openssl genpkey -algorithm ed25519` makes one."


@dataclass(frozen=True, slots=True)
class Keys:
    """With which key versions are signed, and whose signatures are trusted.

    Attributes:
        file: private key, PEM; made on first use, for its owner alone.
        trusted: folder of public keys (`NAME.pub`, PEM); one's own is trusted without lying there.
        secret: a private key, PEM, in place of the file; from an environment variable.
        unsigned: whether a version that was registered before there were signatures is loaded with a note, or refused.
    """

    file: Path = Path(".bonitas/signing.key")
    trusted: Path = Path("configs/signers")
    secret: SecretStr | None = None
    unsigned: Literal["note", "refuse"] = "note"

    def at(self, folder: Path) -> Keys:
        """The same, wherever the process goes: paths in full."""
        return replace(self, file=folder / self.file, trusted=folder / self.trusted)

    def own(self) -> Ed25519PrivateKey | None:
        """One's own key; None where none was made yet.

        Raises:
            ConfigError: it is no Ed25519 key, or others may read its file. It is never shown.
        """
        if self.secret is not None:
            return _private(self.secret.get_secret_value().encode("utf-8"), "the variable that register.signing_variable names")  # fmt: skip
        if not self.file.is_file():
            return None
        if self.file.stat().st_mode & OTHERS:
            raise ConfigError(
                "Others may read the key that versions are signed with.",
                where=str(_shown(self.file)),
                value=f"mode {self.file.stat().st_mode & 0o777:o}",
                next_step=f"chmod 600 {_shown(self.file)}; if somebody may have read it, delete it and its public key from {_shown(self.trusted)}: "
                "the next version makes a new one.",
            )
        return _private(self.file.read_bytes(), str(_shown(self.file)))

    def signing(self) -> Ed25519PrivateKey:
        """One's own key, made where there is none."""
        if (found := self.own()) is not None:
            return found
        with alone_with(self.file, patience=PATIENCE):
            if (found := self.own()) is not None:  # another process was faster
                return found
            made = Ed25519PrivateKey.generate()
            self._keep_the_lost()
            write_key(self.file, made)
            return made

    def _keep_the_lost(self) -> None:
        """The public half of a key that is gone, under its fingerprint: whoever is to trust what it signed needs it."""
        left = self.file.with_suffix(".pub")
        if left.is_file():
            left.replace(left.with_suffix(f".{fingerprint(_public(left))}.pub"))

    def lost(self, signer: str) -> Path | None:
        """The public half of a key of this folder that is gone; None where none has this fingerprint."""
        beside = sorted(self.file.parent.glob(f"{self.file.stem}*.pub"))
        return next((one for one in beside if fingerprint(_public(one)) == signer), None)

    def known(self) -> dict[str, Ed25519PublicKey]:
        """Public keys that are trusted, by fingerprint."""
        own = self.own()
        found = [_public(path) for path in sorted(self.trusted.glob("*.pub"))]
        return {fingerprint(one): one for one in [*found, *([own.public_key()] if own else [])]}


def write_key(path: Path, key: Ed25519PrivateKey) -> None:
    """Writes a private key for its owner alone, and its public one beside it, which comes first: no key is without it."""
    write_text(path.with_suffix(".pub"), public_text(key.public_key()))
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    with whole_file(path) as partial:
        # with these rights from its first byte on
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text)


def public_text(key: Ed25519PublicKey) -> str:
    """A public key as it lies in the folder of those that are trusted: PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode("ascii")


def fingerprint(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the sha256 of the key's 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _private(text: bytes, where: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # what the library says of it may quote it
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            "This is no Ed25519 key in PEM, or it has a password.", where=where, next_step=NEW_KEY
        )
    return key


def _public(path: Path) -> Ed25519PublicKey:
    text = path.read_bytes()
    if b"PRIVATE" in text:
        raise ConfigError(
            "A private key lies where public ones belong.",
            where=str(_shown(path)),
            next_step="Take it out of the folder and out of git's history, and sign with a new one: it is known now.",
        )
    try:
        key = serialization.load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(
            "This is no Ed25519 public key in PEM.",
            where=str(_shown(path)),
            next_step="Put the signing.pub of whoever signs there; it lies beside their key.",
        )
    return key


def _message(name: str, sealed: str, evidence: str) -> bytes:
    """What is signed: for which portfolio, which files, on which gates and figures."""
    return f"bonitas version\n{name}\n{sealed}\n{evidence}\n".encode()


def signed(keys: Keys, name: str, sealed: str, evidence: str) -> dict[str, str]:
    """The tags of a version that say who registered it.

    Args:
        keys: one's own is used, and made on first use.
        name: of the registered model.
        sealed: sha256 of the version's seal.
        evidence: sha256 of its gates and figures.
    """
    key = keys.signing()
    signature = base64.b64encode(key.sign(_message(name, sealed, evidence))).decode("ascii")
    return {SIGNATURE: signature, SIGNER: fingerprint(key.public_key())}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the registry says of a version, to be verified.

    Attributes:
        name: of the registered model.
        version: its number.
        sealed: sha256 of its seal; None of a version made before there was one.
        evidence: sha256 of its gates and figures; empty where there are none.
        is_logged: whether it was registered since decisions are logged: then it was signed.
    """

    name: str
    version: str
    sealed: str | None
    evidence: str
    is_logged: bool

    @property
    def where(self) -> str:
        """For a message."""
        return f"{self.name} version {self.version}"


def verify(keys: Keys, claim: Claim, tags: Mapping[str, str]) -> None:
    """Refuses a version that nobody signed whom we trust.

    Raises:
        BundleError: the signature is absent, of an unknown signer, or not of this version.
    """
    signature, signer = tags.get(SIGNATURE), tags.get(SIGNER, "")
    if signature is None:
        _unsigned(keys, claim)
        return
    key = keys.known().get(signer)
    if key is None:
        raise _untrusted(keys, claim, signer)
    message = _message(claim.name, claim.sealed or "", claim.evidence)
    try:
        key.verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError) as error:
        raise BundleError(
            "The signature is not of this version: its seal, its evidence or the signature was changed in the registry.",
            where=claim.where,
            value=f"signer {signer}",
            next_step="Nothing of it was run. Restore the registry's database from a backup, or give the alias to another version "
            "with `bonitas promote`.",
        ) from error


def _untrusted(keys: Keys, claim: Claim, signer: str) -> BundleError:
    """What is said of a signer whose public key is not among those that are trusted."""
    others = "do not use the version; give the alias to another with `bonitas promote`"
    trusted, left = _shown(keys.trusted), keys.lost(signer)
    if left is not None:
        return BundleError(
            "The version was signed with a key of this project that is gone.",
            where=claim.where,
            value=f"signer {signer}, {_shown(left)}",
            next_step=f"If the key was lost: `cp {_shown(left)} {trusted}/NAME.pub`, and commit it; what it signed is trusted again. "
            f"If it was deleted because somebody may have seen it: {others}.",
        )
    return BundleError(
        "The version was signed by somebody who is not trusted here.",
        where=claim.where,
        value=f"signer {signer or 'unnamed'}",
        next_step=f"If you know who it is: put their public key (their signing.pub) into {trusted} as NAME.pub and commit it. "
        f"If nobody knows: {others}.",
    )


def _unsigned(keys: Keys, claim: Claim) -> None:
    if claim.is_logged or keys.unsigned == "refuse":
        raise BundleError(
            "The version bears no signature, and it was registered with one."
            if claim.is_logged
            else "The version bears no signature.",
            where=claim.where,
            next_step="Restore the registry's database from a backup, or register the model anew with `make retrain`."
            if claim.is_logged
            else "Register the model anew with `make retrain`, which signs it; or write register.unsigned: note in configs/params.yaml.",
        )
    checked = "seal" if claim.sealed else "digest, which covers the model's own files,"
    print(f"note: {claim.where} was registered before versions were signed; its {checked} alone was checked", file=sys.stderr)  # fmt: skip


def _shown(folder: Path) -> Path:
    """Without the machine's own path, where the folder lies in the project."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
