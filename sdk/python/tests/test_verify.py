"""The checker finds and names every damage."""

import contextlib
import hashlib
import io
import json
import os
import random
import sqlite3
import tempfile
import unittest
from typing import Any, Dict, Tuple

from fastgpu.rounds import Malformed, read_round
from fastgpu.verify import main, verify

from .ledger import write_ledger


class VerifyTest(unittest.TestCase):
    def setUp(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.path = os.path.join(self.home.name, "log.db")
        write_ledger(self.path)

    def change(self, sql: str, *values: Any) -> None:
        db = sqlite3.connect(self.path, isolation_level=None)
        db.execute(sql, values)
        db.close()

    def rewrite(self, row: int, **other: Any) -> None:
        """Changes a round and everything that follows from it in its own row: the forger's best try."""
        db = sqlite3.connect(self.path, isolation_level=None)
        value = json.loads(db.execute("SELECT bytes FROM rounds WHERE number = ?", (row,)).fetchone()[0])
        value.update(other)
        data = json.dumps(value, separators=(",", ":")).encode()
        db.execute("UPDATE rounds SET bytes = ?, hash = ? WHERE number = ?", (data, hashlib.sha256(data).hexdigest(), row))
        db.close()

    def problem(self) -> Dict[str, Any]:
        report = verify(self.path)
        self.assertFalse(report["ok"])
        return dict(report["problem"])

    def assert_problem(self, kind: str, words: str, **where: Any) -> None:
        problem = self.problem()
        self.assertEqual(problem["kind"], kind, problem)
        self.assertIn(words, problem["message"])
        for key, value in where.items():
            self.assertEqual(problem[key], value, problem)

    def test_a_whole_ledger_is_whole(self) -> None:
        report = verify(self.path)
        self.assertIsNone(report["problem"])
        self.assertEqual((report["pool"], report["rounds"], report["events"]), ("default", 4, 10))

    def test_an_empty_ledger_is_whole(self) -> None:
        os.remove(self.path)
        write_ledger(self.path, rounds=0)
        self.assertTrue(verify(self.path)["ok"])

    def test_a_flipped_bit_in_any_round_is_named(self) -> None:
        db = sqlite3.connect(self.path)
        rounds = db.execute("SELECT number, bytes FROM rounds").fetchall()
        db.close()
        for number, data in rounds:
            for at in random.Random(number).sample(range(len(data)), 20):
                bad = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
                self.change("UPDATE rounds SET bytes = ? WHERE number = ?", bad, number)
                self.assert_problem("hash", f"round {number} does not match its hash", round=number)
            self.change("UPDATE rounds SET bytes = ? WHERE number = ?", data, number)

    def test_a_changed_input_is_named(self) -> None:
        for stream, position in (("jobs", 0), ("jobs", 5), ("orders", 1)):
            for column, value in (("data", b'{"n":9}'), ("id", "other"), ("source", "/else"), ("type", "fastgpu.else")):
                with self.subTest(stream=stream, column=column):
                    self.setUp()
                    self.change(f"UPDATE {stream} SET {column} = ? WHERE position = ?", value, position)
                    self.assert_problem("input", f"{stream} {position}: what is stored is not what round", stream=stream, position=position)

    def test_a_changed_time_names_the_records_of_its_round(self) -> None:
        self.change("UPDATE jobs SET time = '2027' WHERE position = 3")
        self.assert_problem("input", "jobs 2, 3: what is stored is not what round 1 consumed", round=1)

    def test_a_text_that_is_no_utf8_is_named(self) -> None:
        self.change("UPDATE jobs SET id = CAST(x'ff61' AS TEXT) WHERE position = 3")
        self.assert_problem("input", "jobs 3: ", position=3)

    def test_a_missing_round_or_input_is_named(self) -> None:
        self.change("DELETE FROM rounds WHERE number = 2")
        self.assert_problem("gap", "round 2 is missing", round=2)
        self.setUp()
        self.change("DELETE FROM jobs WHERE position = 7")
        self.assert_problem("input", "jobs 7 is missing", position=7)
        self.setUp()
        self.change("DELETE FROM orders WHERE position = 0")
        self.assert_problem("input", "orders 0 is missing", position=0)

    def test_a_gap_among_heartbeats_is_named(self) -> None:
        for position in (0, 2):
            self.change("INSERT INTO heartbeats VALUES (?, 'i', 's', 't', 't', x'')", position)
        self.assert_problem("input", "heartbeats 1 is missing", stream="heartbeats")

    def test_a_forged_round_does_not_follow(self) -> None:
        cases: Tuple[Tuple[Dict[str, Any], str], ...] = (
            ({"prev": "1" * 64}, "WrongPredecessor"),
            ({"number": 7}, "WrongNumber"),
            ({"at": 5}, "TimeWentBack"),
            ({"epoch": 9}, "EpochSkipped"),
            ({"leader": "x"}, "NotTheLeader"),
        )
        for other, why in cases:
            with self.subTest(why):
                self.setUp()
                self.rewrite(1, **other)
                self.assert_problem("chain", why, round=1)
        self.setUp()
        self.rewrite(1, core=2)
        # The round itself is well made; the one after it says that it was another.
        self.assert_problem("chain", "round 2 does not follow: WrongPredecessor", round=2)

    def test_a_wrong_position_pool_or_hash_is_named(self) -> None:
        self.change("UPDATE rounds SET first_position = 3 WHERE number = 1")
        self.assert_problem("position", "round 1 has the position 3, and 2 events are before it")
        self.setUp()
        self.change("UPDATE meta SET value = 'other'")
        self.assert_problem("pool", "round 0 is of pool 'default'")
        self.setUp()
        self.change("UPDATE rounds SET hash = ? WHERE number = 3", "f" * 64)
        self.assert_problem("hash", "round 3", round=3)

    def test_what_is_no_round_is_malformed(self) -> None:
        for bad in (b"", b"[]", b"{}", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b'{"pool":NaN}'):
            with self.assertRaises(Malformed):
                read_round(bad)

    def test_any_flipped_byte_of_the_file_ends_in_an_answer(self) -> None:
        with open(self.path, "rb") as file:
            whole = file.read()
        for seed in range(150):
            chance = random.Random(seed)
            at = chance.randrange(len(whole))
            with open(self.path, "wb") as file:
                file.write(whole[:at] + bytes([whole[at] ^ chance.randrange(1, 256)]) + whole[at + 1 :])
            code, _, _ = self.run_main()
            self.assertIn(code, (0, 1, 2), f"seed {seed}")

    def run_main(self, *options: str) -> Tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main([self.path, *options])
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        return code, out.getvalue(), err.getvalue()

    def test_the_command_exits_with_0_1_or_2(self) -> None:
        code, out, _ = self.run_main()
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith("ok: pool default, 4 rounds, 10 events, head "), out)
        self.change("UPDATE jobs SET data = x'00' WHERE position = 0")
        code, out, _ = self.run_main("--json")
        self.assertEqual((code, json.loads(out)["problem"]["position"]), (1, 0))
        code, out, _ = self.run_main()
        self.assertEqual((code, out.splitlines()[0]), (1, "BROKEN: jobs 0: what is stored is not what round 0 consumed"))
        self.assertEqual(self.run_main("--wrong")[0], 2)
        self.change("PRAGMA user_version = 9")
        self.assertEqual(self.run_main()[0], 2)
        os.remove(self.path)
        code, _, err = self.run_main()
        self.assertEqual(code, 2)
        self.assertIn("no such file", err)
        self.assertFalse(os.path.exists(self.path), "the checker makes no files")


if __name__ == "__main__":
    unittest.main()
