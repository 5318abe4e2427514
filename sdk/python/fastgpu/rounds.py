"""Reading one stored round, as docs/ledger-format.md describes it."""

import json
import re
from typing import Any, Dict, List, NamedTuple, Optional

KEYS = ["pool", "number", "prev", "epoch", "leader", "core", "at", "heardFrom", "consumed", "facts", "decisions"]
BYTES_MAX = 512 * 1024
SAFE_MAX = 2**53 - 1
HASH = re.compile(r"[0-9a-f]{64}")


class Malformed(Exception):
    """The bytes are not a round."""


class Head(NamedTuple):
    """The last accepted round, as far as the next one is judged by it."""

    number: int
    hash: str
    epoch: int
    leader: str
    at: int


GENESIS = Head(number=-1, hash="0" * 64, epoch=0, leader="", at=0)


def read_round(data: bytes) -> Dict[str, Any]:
    if len(data) > BYTES_MAX:
        raise Malformed(f"it has {len(data)} bytes; {BYTES_MAX} are allowed")
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"it is not JSON in UTF-8: {error}") from None
    if not isinstance(value, dict) or list(value) != KEYS:
        raise Malformed(f"its keys are not {', '.join(KEYS)}, in this order")
    _text(value, "pool", 63)
    _integer(value, "number", 0)
    _hash(value, "prev")
    _integer(value, "epoch", 1)
    _text(value, "leader", 128)
    _integer(value, "core", 1)
    _integer(value, "at", 0)
    _integer(value, "heardFrom", 0)
    _consumed(value["consumed"])
    for half in ("facts", "decisions"):
        _events(value[half], half)
    return value


def rejection(head: Head, value: Dict[str, Any]) -> Optional[str]:
    """Why the round could not have been accepted after this head; None where it was."""
    if value["epoch"] < head.epoch:
        return f"StaleEpoch: its epoch is {value['epoch']}, and epoch {head.epoch} has begun"
    if value["number"] != head.number + 1:
        return f"WrongNumber: it says {value['number']}, and {head.number + 1} is next"
    if value["prev"] != head.hash:
        return f"WrongPredecessor: prev is {value['prev'][:16]}..., and the round before has the hash {head.hash[:16]}..."
    if value["at"] < head.at:
        return f"TimeWentBack: at is {value['at']}, and the round before has {head.at}"
    if value["epoch"] > head.epoch + 1:
        return f"EpochSkipped: its epoch is {value['epoch']}, and {head.epoch + 1} is next"
    if value["epoch"] == head.epoch and value["leader"] != head.leader:
        return f"NotTheLeader: it is by {value['leader']!r}, and {head.leader!r} leads"
    return None


def _once(pairs: List[Any]) -> Dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _integer(value: Dict[str, Any], key: str, minimum: int) -> None:
    number = value.get(key)
    if type(number) is not int or not minimum <= number <= SAFE_MAX:
        raise Malformed(f"{key} is not an integer from {minimum} on")


def _text(value: Dict[str, Any], key: str, units_max: int) -> None:
    text = value[key]
    if not isinstance(text, str) or not 1 <= len(text.encode("utf-16-le", "surrogatepass")) // 2 <= units_max:
        raise Malformed(f"{key} is not a text of 1 to {units_max} characters")


def _hash(value: Dict[str, Any], key: str) -> None:
    digits = value.get(key)
    if not isinstance(digits, str) or HASH.fullmatch(digits) is None:
        raise Malformed(f"{key} is not 64 hexadecimal digits")


def _consumed(value: Any) -> None:
    wanted = {"jobs": ["next", "hash"], "orders": ["next", "hash"], "heartbeats": ["next"]}
    if not isinstance(value, dict) or list(value) != list(wanted):
        raise Malformed("consumed does not have jobs, orders and heartbeats")
    for stream, keys in wanted.items():
        if not isinstance(value[stream], dict) or list(value[stream]) != keys:
            raise Malformed(f"consumed.{stream} does not have {' and '.join(keys)}")
        _integer(value[stream], "next", 0)
        if "hash" in keys:
            _hash(value[stream], "hash")


def _events(value: Any, half: str) -> None:
    if not isinstance(value, list):
        raise Malformed(f"{half} is not a list")
    for index, event in enumerate(value):
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            raise Malformed(f"{half}[{index}] is not an event with a type")
