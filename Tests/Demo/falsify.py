#!/usr/bin/env python3
"""Falsifies the evidence of a demo in one way, so that expect.py can be seen to notice it.

    falsify.py DIR NAME
"""
import base64
import json
import pathlib
import sqlite3
import sys


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.database = sqlite3.connect(self.path / "touchstone.db")

    def sql(self, *statements):
        for statement in statements:
            done = self.database.execute(statement)
            assert done.rowcount != 0, f"nothing to falsify: {statement}"
        self.database.commit()

    def lines(self, name, change):
        file = self.path / name
        file.write_text("".join(json.dumps(line) + "\n" for line in change([json.loads(line) for line in file.read_text().splitlines()])))

    def copy_row(self, table, where, changes):
        """The same row once more, with other values in some columns."""
        columns = [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(changes.get(column, column) for column in columns)
        self.sql(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {where} LIMIT 1")


def action_doubled(folder):
    folder.copy_row("action_history", "state = 'done'", {"id": "id + 1000000", "idempotency_key": "idempotency_key || 'x'"})


def action_missing(folder):
    folder.sql("DELETE FROM action_history WHERE id = (SELECT MIN(id) FROM action_history WHERE state = 'done')")


def write_doubled(folder):
    def change(log):
        write = next(line for line in log if line.get("op") == "write")
        return log + [dict(write, n=log[-1]["n"] + 1)]
    folder.lines("emulator.log", change)


def second_step(folder):
    """The same evidence acts again: 250 becomes 312.50, in the history and at the emulator."""
    folder.copy_row("action_history", "field = 'daily_budget' AND new_value = '25000' AND state = 'done'",
                    {"id": "id + 1000000", "idempotency_key": "idempotency_key || 'x'", "old_value": "'25000'", "new_value": "'31250'"})


def untouched_read(folder):
    scenario = json.loads((folder.path / "scenario.yaml").read_text())
    idle = next(c["id"] for account in scenario["accounts"] for c in account["campaigns"] if c["name"].startswith("Idle"))

    def change(log):
        call = next(line for line in log if line.get("op") == "insights" and line["path"].endswith(f"act_{scenario['accounts'][0]['id']}/insights"))
        filters = json.loads(call["query"]["filtering"])
        filters[0]["value"].append(idle)
        call["query"]["filtering"] = json.dumps(filters)
        return log
    folder.lines("emulator.log", change)


def fact_divided(folder):
    """The account's sum in equal parts: what the old way did."""
    count, total = folder.database.execute(
        "SELECT COUNT(*), SUM(impressions) FROM metric_facts WHERE workspace_id = 'funnel' AND is_empty = 0").fetchone()
    folder.sql(f"UPDATE metric_facts SET impressions = {total // count} WHERE workspace_id = 'funnel' AND is_empty = 0")


def fact_missing(folder):
    folder.sql("DELETE FROM metric_facts WHERE id = (SELECT MIN(id) FROM metric_facts WHERE is_empty = 0)")


def unknown_made_zero(folder):
    folder.sql("UPDATE metric_facts SET is_empty = 0 WHERE entity_id = (SELECT entity_id FROM entities WHERE name = 'Funnel 26')")


def refused_stored(folder):
    folder.copy_row("deliveries", "seq = (SELECT MAX(seq) FROM deliveries)", {"seq": "seq + 1", "events": "0", "duplicates": "0"})


def refused_event_stored(folder):
    """An event of a refused delivery, attached to one that was accepted."""
    folder.copy_row("events", "kind = 'ad_account.field_changed'", {"id": "id + 4000", "position": "position + 4000"})


def refused_answered_200(folder):
    def change(journal):
        next(line for line in journal if line["name"] == "one-bit-altered")["status"] = 200
        return journal
    folder.lines("journal.jsonl", change)


def bytes_changed(folder):
    """The bytes of an accepted delivery are not those that were signed."""
    def change(journal):
        line = next(line for line in journal if line["name"] == "studio-ads")
        body = bytearray(base64.b64decode(line["body_base64"]))
        body[-3] ^= 1
        line["body_base64"] = base64.b64encode(bytes(body)).decode()
        return journal
    folder.lines("journal.jsonl", change)


def untouched_row(folder):
    folder.copy_row("touched_entities", "level = 'campaign'", {"id": "id + 1000000", "entity_id": "'120219999999999999'"})


def truth_turned(folder):
    folder.sql("UPDATE rule_executions SET truth = 'true' WHERE id = (SELECT MIN(id) FROM rule_executions WHERE truth <> 'true')")


def figure_off_by_one(folder, name="facts"):
    file = folder.path / "figures.json"
    figures = json.loads(file.read_text())
    figures[name] += 1
    file.write_text(json.dumps(figures))


def main():
    folder, name = Folder(sys.argv[1]), sys.argv[2]
    if name.startswith("figure:"):
        figure_off_by_one(folder, name[7:])
    else:
        globals()[name](folder)
    folder.database.close()


if __name__ == "__main__":
    main()
