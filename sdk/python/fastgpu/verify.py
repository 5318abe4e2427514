"""fastgpu-verify FILE: checks the whole chain of an embedded ledger, from docs/ledger-format.md alone."""

import argparse
import json
import os
import sqlite3
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Set
from urllib.parse import quote

from .hashes import NOTHING, chain, parts, sha256
from .rounds import GENESIS, Head, Malformed, read_round, rejection

APPLICATION_ID = 0x46475055
VERSION = 1
CHAINED = ("jobs", "orders")
STREAMS = ("jobs", "orders", "heartbeats")
SUSPECTS_MAX = 5


class Unreadable(Exception):
    """The file cannot be opened as a ledger at all."""


class Problem(NamedTuple):
    kind: str
    message: str
    round: Optional[int] = None
    stream: Optional[str] = None
    position: Optional[int] = None


class Broken(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Inputs:
    """One chained stream, consumed in step with the rounds."""

    def __init__(self, db: sqlite3.Connection, stream: str) -> None:
        self.stream = stream
        self.next = 0
        self.hash = NOTHING
        # Texts as bytes: a damaged one may not be UTF-8.
        columns = ", ".join(f"CAST({name} AS BLOB)" for name in ("id", "source", "type", "time", "data"))
        self.rows = db.execute(f"SELECT position, {columns} FROM {stream} ORDER BY position")

    def consume(self, number: int, value: Dict[str, Any]) -> None:
        consumed = value["consumed"][self.stream]
        begin, end = self.next, consumed["next"]
        strangers: List[int] = []
        known = named_inputs(value)
        if end < begin:
            raise Broken(Problem("consumed", f"round {number} goes back in {self.stream}: from {begin} to {end}", number, self.stream, end))
        for position in range(begin, end):
            record = self._record(number, position)
            self.hash = chain(self.hash, parts(*record))
            if not known & names_of(record):
                strangers.append(position)
        self.next = end
        if self.hash.hex() == consumed["hash"]:
            return
        # All records before these matched at the round before. Of these, one that no fact of the round names is the likely one; where
        # each of them is named, only their times are left to differ.
        suspects = strangers or list(range(begin, end))
        which = ", ".join(str(position) for position in suspects[:SUSPECTS_MAX]) or f"before {end}"
        raise Broken(
            Problem(
                "input",
                f"{self.stream} {which}: what is stored is not what round {number} consumed",
                number,
                self.stream,
                suspects[0] if suspects else end,
            )
        )

    def _record(self, number: int, position: int) -> List[bytes]:
        row = self.rows.fetchone()
        if row is None:
            raise Broken(
                Problem("input", f"{self.stream} {position} is missing, and round {number} consumed it", number, self.stream, position)
            )
        if row[0] != position:
            raise Broken(Problem("input", f"{self.stream} {position} is missing: {row[0]} follows", number, self.stream, position))
        return [as_bytes(value) for value in row[1:]]


def as_bytes(value: Any) -> bytes:
    """The value of a column that holds bytes; a damaged row may hold anything, and then nothing matches it."""
    return value if isinstance(value, bytes) else b""


def names_of(record: List[bytes]) -> Set[str]:
    """How a fact would name this input: by its key and digest, or by the hash of its content."""
    record_id, source, type_, _time, data = record
    content = parts(type_, data).hex()
    return {parts(source, record_id).hex()[:32] + content[:16], content}


def named_inputs(value: Dict[str, Any]) -> Set[str]:
    """The inputs that the facts of a round name."""
    names: Set[str] = set()
    for fact in value["facts"]:
        cause = fact.get("cause")
        if isinstance(cause, dict):
            names.add(f"{cause.get('key')}{cause.get('digest')}")
        elif fact["type"] == "InputQuarantined":
            names.add(str(fact.get("sha256")))
    return names


def open_ledger(path: str) -> sqlite3.Connection:
    if not os.path.isfile(path):
        raise Unreadable(f"{path}: there is no such file")
    where = os.path.dirname(os.path.abspath(path))
    log = f"{path}-wal"
    if os.access(where, os.W_OK) and os.access(path, os.W_OK):
        options = "mode=rw"
    elif os.path.exists(log) and os.path.getsize(log) > 0:
        options = "mode=ro"
    else:
        # Where nothing can be written beside the file, nobody else writes to it either, and it is read as it stands.
        options = "immutable=1"
    db = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?{options}", uri=True, isolation_level=None)
    db.execute("PRAGMA query_only = 1")
    db.execute("PRAGMA busy_timeout = 5000")
    application, version = (db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
    if application != APPLICATION_ID:
        raise Unreadable(f"{path} is not a ledger of FastGPU")
    if version != VERSION:
        raise Unreadable(f"{path} has version {version} of the tables; this checker reads version {VERSION}")
    return db


def verify(path: str) -> Dict[str, Any]:
    """Checks the file and answers a report; "problem" is None where everything holds."""
    report: Dict[str, Any] = {"file": path, "ok": False, "pool": "", "rounds": 0, "events": 0, "head": GENESIS.hash, "problem": None}
    db: Optional[sqlite3.Connection] = None
    try:
        db = open_ledger(path)
        report["pool"] = _pool(db)
        # One transaction sees one moment of a file that somebody goes on writing to.
        db.execute("BEGIN")
        _check_rounds(db, report)
        for stream in STREAMS:
            _check_positions(db, stream)
        report["ok"] = True
    except Broken as broken:
        report["problem"] = {key: value for key, value in broken.problem._asdict().items() if value is not None}
    except sqlite3.DatabaseError as error:
        if db is None or isinstance(error, sqlite3.OperationalError):
            raise Unreadable(f"{path}: {error}") from None
        report["problem"] = {"kind": "file", "message": f"the database is damaged: {error}"}
    finally:
        if db is not None:
            db.close()
    return report


def _pool(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = 'pool'").fetchone()
    if row is None:
        raise Broken(Problem("file", "the file does not say which pool it belongs to"))
    return str(row[0])


def _check_rounds(db: sqlite3.Connection, report: Dict[str, Any]) -> None:
    head: Head = GENESIS
    inputs = {stream: Inputs(db, stream) for stream in CHAINED}
    ends = {stream: db.execute(f"SELECT coalesce(max(position), -1) + 1 FROM {stream}").fetchone()[0] for stream in STREAMS}
    beats = 0
    rows = db.execute("SELECT number, first_position, CAST(hash AS BLOB), CAST(bytes AS BLOB) FROM rounds ORDER BY number")
    for number, first_position, hash_bytes, blob in rows:
        stored_hash, data = as_bytes(hash_bytes).decode("utf-8", "replace"), as_bytes(blob)
        if number != head.number + 1:
            raise Broken(Problem("gap", f"round {head.number + 1} is missing: {number} follows", head.number + 1))
        if sha256(data).hex() != stored_hash:
            raise Broken(Problem("hash", f"round {number} does not match its hash {stored_hash[:16]}...", number))
        try:
            value = read_round(data)
        except Malformed as error:
            raise Broken(Problem("malformed", f"round {number} cannot be read: {error}", number)) from None
        if value["pool"] != report["pool"]:
            raise Broken(Problem("pool", f"round {number} is of pool {value['pool']!r}, the file of {report['pool']!r}", number))
        why = rejection(head, value)
        if why is not None:
            raise Broken(Problem("chain", f"round {number} does not follow: {why}", number))
        if first_position != report["events"]:
            raise Broken(
                Problem("position", f"round {number} has the position {first_position}, and {report['events']} events are before it", number)
            )
        for stream in CHAINED:
            inputs[stream].consume(number, value)
        next_beat = value["consumed"]["heartbeats"]["next"]
        if not beats <= next_beat <= ends["heartbeats"]:
            message = f"round {number} consumed heartbeats up to {next_beat}: {beats} were consumed before, and {ends['heartbeats']} are stored"
            raise Broken(Problem("consumed", message, number, "heartbeats", next_beat))
        beats = next_beat
        head = Head(number, stored_hash, value["epoch"], value["leader"], value["at"])
        report["rounds"] = number + 1
        report["events"] += len(value["facts"]) + len(value["decisions"])
        report["head"] = stored_hash


def _check_positions(db: sqlite3.Connection, stream: str) -> None:
    count, first, last = db.execute(f"SELECT count(*), min(position), max(position) FROM {stream}").fetchone()
    if count == 0 or count == last - first + 1:
        return
    expected = first
    for (position,) in db.execute(f"SELECT position FROM {stream} ORDER BY position"):
        if position != expected:
            raise Broken(Problem("input", f"{stream} {expected} is missing: {position} follows", None, stream, expected))
        expected += 1


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="fastgpu-verify", description="Checks the whole chain of an embedded FastGPU ledger.")
    parser.add_argument("file", metavar="FILE", help="the ledger: log.db of a state directory")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        report = verify(options.file)
    except Unreadable as error:
        print(f"fastgpu-verify: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(report))
    elif report["ok"]:
        print(f"ok: pool {report['pool']}, {report['rounds']} rounds, {report['events']} events, head {report['head']}")
    else:
        print(f"BROKEN: {report['problem']['message']}")
        print(f"{report['rounds']} rounds before it are whole; their head is {report['head']}")
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
