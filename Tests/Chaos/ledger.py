#!/usr/bin/env python3
"""Every order accounted for: a shop's orders through the real program over TLS to the emulator, with some refused here, some refused by Meta,
some without consent, some lost by the shop. The ledger must add up to the last order, the lost ones must be named from the shop's own file, and
what is booked as accepted must be what the emulator has.

Then the controls: orders taken from the emulator's read-out, a row falsified, a row deleted. Each must be found, else the run fails. Prints one
line per check; exit 1 when any failed. Ends by itself.
"""

import collections
import http.client
import json
import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import rows  # noqa: E402
from shop import Checks, ShopRig, lot, parser, play, purchase  # noqa: E402

DATASET, PER_REQUEST, SUBCODE = "900100200300401", 100, 2_804_019
BY_META = 20_000                               # of a million: 2 %, drawn from the event's id here and at the emulator alike


def identity(number):
    return f"order-{number}"


def fate(number):
    """Of a hundred orders 1 is lost by the shop, 2 have no consent, 1 is refused here; of the others Meta refuses some, 3 % refused in all."""
    place = number % 100
    if place == 13:
        return "lost"
    if place in (37, 73):
        return "left_out"
    if place == 50:
        return "quarantined"
    return "refused" if lot(identity(number)) < BY_META else "accepted"


def event(number, now):
    made = purchase(number, now, order_id=f"A-{number}", consent=fate(number) != "left_out")
    if fate(number) == "quarantined":
        del made["custom_data"]["currency"]
    return made


class Run:
    def __init__(self, options):
        self.options = options
        self.folder = options.keep or tempfile.mkdtemp(prefix="touchstone-ledger-")
        self.rig = ShopRig(self.folder, options.program)
        self.check = Checks()

    def run(self):
        options, rig = self.options, self.rig
        print(f"{options.orders} orders, folder {self.folder}", flush=True)
        rule = {"share": BY_META / 1e6, "subcode": SUBCODE, "place": True, "message": "must be another"}
        rig.start_emulator(rig.scenario([{"id": DATASET, "refuses": [rule]}]))
        rig.configure([DATASET], strictness="partial", consent={"from": "custom_data.consent", "without": "drop"})
        rig.start_gateway()
        self.send()
        self.check("everything has ended", [] if self.settled() else ["it has not"])
        self.write_file()
        fates = collections.Counter(fate(number) for number in range(options.orders))
        print(f"     {dict(fates)}", flush=True)
        self.check_ledger(fates)
        self.check_file(fates)
        self.check_emulator()
        self.ask()
        self.control()
        return self.check.end("the ledger adds up, and whatever is wrong is found")

    def send(self):
        rig, now = self.rig, int(time.time()) - 30
        sent = [number for number in range(self.options.orders) if fate(number) != "lost"]
        connection, began, statuses = rig.connection(timeout=30), time.monotonic(), collections.Counter()
        for start in range(0, len(sent), PER_REQUEST):
            batch = [event(number, now) for number in sent[start:start + PER_REQUEST]]
            # every tenth request is told twice, as a shop does that lost the answer
            for _ in range(2 if start // PER_REQUEST % 10 == 0 else 1):
                statuses[rig.post_events(connection, DATASET, batch)[0]] += 1
        connection.close()
        print(f"     sent in {time.monotonic() - began:.1f} s: {dict(statuses)}", flush=True)
        self.check("every request was taken", [status for status in statuses if status != 200])

    def settled(self):
        deadline = time.monotonic() + self.options.patience
        expected = sum(fate(number) != "lost" for number in range(self.options.orders))
        while time.monotonic() < deadline:
            database = self.rig.database()
            try:
                there = rows(database, "SELECT COUNT(*), SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) FROM conversion_events")[0]
                undone = rows(database, "SELECT COUNT(*) FROM jobs WHERE state IN ('open', 'held')")[0][0]
            finally:
                database.close()
            if there[0] >= expected and not there[1] and not undone:
                return True
            time.sleep(0.3)
        return False

    def write_file(self):
        """As a spreadsheet writes it: a byte order mark, semicolons, quotes, the lines' ends of Windows."""
        with open(self.rig.path("orders.csv"), "w", encoding="utf-8-sig", newline="\r\n") as file:
            file.write("Date;order_id;Note\n")
            for number in range(self.options.orders):
                file.write(f'2026-11-21;A-{number};"a ""good"" one; {number}"\n')

    def ledger(self):
        code, text = self.rig.command("conversions", "ledger", "--json")
        return code, json.loads(next(line for line in text.splitlines() if line.startswith(b"{")))

    def reconcile(self):
        began = time.monotonic()
        code, text = self.rig.command("conversions", "reconcile", "--orders", self.rig.path("orders.csv"), "--since", "1d", "--json", timeout=600)
        found = json.loads(next(line for line in text.splitlines() if line.startswith(b"{")))
        return code, found, time.monotonic() - began

    def check_ledger(self, fates):
        code, ledger = self.ledger()
        expected = {"orders": self.options.orders - fates["lost"], "accepted": fates["accepted"], "left_out": fates["left_out"],
                    "quarantined": fates["quarantined"] + fates["refused"], "waiting": 0, "unaccounted": 0, "balances": True}
        self.check("the ledger adds up to the last order", [
            (name, ledger[name], value) for name, value in expected.items() if ledger[name] != value] + [code] * (code != 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.admin_port, timeout=30)
        connection.request("GET", "/v1/conversions/ledger", headers={"Authorization": f"Bearer {self.rig.secrets['CHAOS_ADMIN']}"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        # Each of the two counts from "thirty days before now", at its own moment.
        said = [{name: value for name, value in one.items() if name != "since_ms"} for one in (*answer.get("data", []), ledger)]
        self.check("the admin port says the same", [] if said[:1] == said[1:] else [answer])

    def check_file(self, fates):
        code, found, seconds = self.reconcile()
        lost = {f"A-{number}" for number in range(self.options.orders) if fate(number) == "lost"}
        named = {order["order_id"] for order in found["missing"]}
        self.check(f"the {len(lost)} lost orders are named ({seconds:.1f} s)", (lost ^ named) or [code] * (code != 1))
        self.check("and no others", found["unaccounted"] + found["not_in_file"])
        self.check("the file's figures are the ledger's", [
            (name, found[name]) for name in ("accepted", "left_out") if found[name] != fates[name]])

    def at_emulator(self):
        return {event["event_id"] for event in self.rig.events_at_emulator() if event["accepted"] == 1}

    def differences(self, there):
        database = self.rig.database()
        try:
            booked = {row[0] for row in rows(database, "SELECT conversion_id FROM conversion_events WHERE state = 'forwarded'")}
        finally:
            database.close()
        return booked ^ there

    def check_emulator(self):
        there = self.at_emulator()
        self.check("what is booked as accepted is at the emulator, and nothing else", self.differences(there))
        taken = set(sorted(there)[:5])
        self.check("control: five orders less at the emulator show", [] if self.differences(there - taken) == taken else ["they do not"])

    def ask(self):
        """The shop asks after one order of every kind."""
        token = self.rig.secrets["CHAOS_SHOP_TOKEN"]
        wrong, connection = [], self.rig.connection(timeout=30)
        for kind, state in (("accepted", "forwarded"), ("left_out", "left_out"), ("quarantined", "quarantined"), ("refused", "refused"),
                            ("lost", None)):
            number = next(number for number in range(self.options.orders) if fate(number) == kind)
            connection.request("GET", f"/v1/conversions/shop/events/{identity(number)}", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            document = json.loads(answer.read())
            if state is None:
                wrong += [(kind, answer.status)] * (answer.status != 404)
            elif answer.status != 200 or document["events"][0]["state"] != state:
                wrong.append((kind, answer.status, document))
            elif state == "forwarded" and not document["events"][0]["fbtrace_id"]:
                wrong.append((kind, "no trace"))
        connection.close()
        self.check("the sender is told what became of each", wrong)

    def control(self):
        """With the gateway stopped, behind its back."""
        self.rig.stop(self.rig.gateway)
        numbers = [number for number in range(self.options.orders) if fate(number) == "accepted"][:2]
        self.change(f"UPDATE conversion_events SET state = 'waiting' WHERE order_key = 'A-{numbers[0]}'")
        code, ledger = self.ledger()
        named = [order["order_id"] for order in ledger["unaccounted_orders"]]
        self.check("control: a falsified row is named", [] if code == 1 and named == [f"A-{numbers[0]}"] else [(code, named)])
        self.change(f"DELETE FROM conversion_events WHERE order_key = 'A-{numbers[1]}'")
        code, ledger = self.ledger()
        self.check("control: a deleted row shows", [] if code == 1 and ledger["events_missing"] == 1 else [ledger])
        _, found, _ = self.reconcile()
        missing = {order["order_id"] for order in found["missing"]}
        self.check("control: and is missing from the file's orders", [] if f"A-{numbers[1]}" in missing else ["it is not"])

    def change(self, statement):
        database = sqlite3.connect(self.rig.path("touchstone.db"))
        with database:
            changed = database.execute(statement).rowcount
        database.close()
        if changed != 1:
            sys.exit(f"{changed} rows changed: {statement}")


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--orders", type=int, default=10_000)
    arguments.add_argument("--patience", type=int, default=300, help="seconds until everything has ended")
    sys.exit(play(Run(arguments.parse_args())))
