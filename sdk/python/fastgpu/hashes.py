"""The hashes of docs/ledger-format.md."""

import hashlib

NOTHING = bytes(32)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def parts(*values: bytes) -> bytes:
    """sha256 over the values, each after its length, so that no two lists of values give the same bytes."""
    whole = hashlib.sha256()
    for value in values:
        whole.update(len(value).to_bytes(4, "big"))
        whole.update(value)
    return whole.digest()


def chain(before: bytes, record: bytes) -> bytes:
    return sha256(before + record)
