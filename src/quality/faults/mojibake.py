"""Text written as UTF-8 and read as Windows-1252."""

from __future__ import annotations


def misread(text: str) -> str:
    """UTF-8 text as a program shows it that takes its bytes for Windows-1252.

    The five bytes that Windows-1252 leaves undefined are kept as control characters, as most programs do.

    >>> misread("Müller")
    'MÃ¼ller'
    """
    return "".join(_letter(byte) for byte in text.encode())


def _letter(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)
