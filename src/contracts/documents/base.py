"""What a document is: typed, frozen, versioned, and plain JSON on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.errors import ContractError
from contracts.files import RERUN, absent, read_text, write_text


class Part(BaseModel):
    """A part of a document: no key more, no key less, no type but the declared one, and never changed once made."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class Document(Part):
    """A JSON file. A change of its keys raises `VERSION`, so an older file is refused with a clear message."""

    VERSION: ClassVar[int] = 1

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, keys in the order of declaration, `null` where there is no value."""
        return self.model_dump(mode="json", by_alias=True)

    def text(self) -> str:
        """The file: UTF-8, two spaces, one trailing newline."""
        return self.model_dump_json(by_alias=True, indent=2, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Writes the file whole."""
        write_text(path, self.text())

    @classmethod
    def from_text(cls, text: str, *, where: str) -> Self:
        """The document of a text.

        Raises:
            ContractError: the text is no such document: a key is absent, unknown or of another type.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = " > ".join(str(one) for one in first["loc"])
            raise ContractError(
                f"The file is no {cls.__name__}, version {cls.VERSION}: {first['msg']}.",
                where=f"{where} > {place}" if place else where,
                value=repr(first.get("input"))[:100],
                next_step=RERUN,
            ) from error

    @classmethod
    def read(cls, path: Path) -> Self:
        """The document of a file. Raises ContractError where it is absent or is no such document."""
        try:
            text = read_text(path)
        except FileNotFoundError as error:
            raise absent(path) from error
        return cls.from_text(text, where=str(path))
