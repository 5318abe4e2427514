"""Makes small ledgers, by the definition of docs/ledger-format.md said once more."""

import hashlib
import json
import sqlite3
from typing import Any, Dict, List, Tuple


def framed(*values: bytes) -> bytes:
    return hashlib.sha256(b"".join(len(value).to_bytes(4, "big") + value for value in values)).digest()


def write_ledger(path: str, rounds: int = 4) -> None:
    """A ledger whose every round consumes two jobs and, every second time, one order."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA page_size = 16384")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    db.execute(
        "CREATE TABLE rounds (number INTEGER PRIMARY KEY, first_position INTEGER NOT NULL, hash TEXT NOT NULL, bytes BLOB NOT NULL)"
    )
    for stream in ("jobs", "orders", "heartbeats"):
        db.execute(
            f"CREATE TABLE {stream} (position INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL,"
            " time TEXT NOT NULL, data BLOB NOT NULL)"
        )
    db.execute(f"PRAGMA application_id = {0x46475055}")
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO meta VALUES ('pool', 'default')")
    chains = {"jobs": bytes(32), "orders": bytes(32)}
    counts = {"jobs": 0, "orders": 0}
    prev, events = "0" * 64, 0
    for number in range(rounds):
        facts: List[Dict[str, Any]] = []
        taken: List[Tuple[str, int]] = [("jobs", 2), ("orders", number % 2)]
        for stream, how_many in taken:
            for _ in range(how_many):
                position = counts[stream]
                record = [f"id-{stream}-{position}", "/test", "fastgpu.test", "2026-01-01T00:00:00.000Z", f'{{"n":{position}}}']
                db.execute(f"INSERT INTO {stream} VALUES (?, ?, ?, ?, ?, ?)", (position, *record[:4], record[4].encode()))
                content = [value.encode() for value in record]
                chains[stream] = hashlib.sha256(chains[stream] + framed(*content)).digest()
                counts[stream] += 1
                key, digest = framed(content[1], content[0]).hex()[:32], framed(content[2], content[4]).hex()[:16]
                cause = {"source": record[1], "id": record[0], "key": key, "digest": digest}
                facts.append({"type": "InputNoted", "cause": cause, "input": record[2]})
        consumed: Dict[str, Any] = {name: {"next": counts[name], "hash": chains[name].hex()} for name in ("jobs", "orders")}
        consumed["heartbeats"] = {"next": 0}
        value = {"pool": "default", "number": number, "prev": prev, "epoch": 1 + number // 3, "leader": f"l{number // 3}", "core": 1}
        value.update({"at": 1000 + number, "heardFrom": 0, "consumed": consumed, "facts": facts, "decisions": []})
        data = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        prev = hashlib.sha256(data).hexdigest()
        db.execute("INSERT INTO rounds VALUES (?, ?, ?, ?)", (number, events, prev, data))
        events += len(facts)
    db.close()
