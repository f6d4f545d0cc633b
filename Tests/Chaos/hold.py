#!/usr/bin/env python3
"""`touchstone hold` with 200 actions in flight: after it returned, no write reaches the emulator, not even after a SIGKILL and a restart;
after `touchstone release` every action is done, once. One line per check; exit 1 when any failed. Ends by itself.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from world import APP_ID, configure  # noqa: E402
from rig import Rig, midday_zone, rows, settle, wall_us  # noqa: E402

ACTIONS = 200
ACCOUNTS = 4
POST_MS = 700


def world():
    accounts, insights = [], []
    for index in range(ACCOUNTS):
        campaigns = []
        for place in range(ACTIONS // ACCOUNTS):
            identity = str(238_000_000_000_000_000 + index * 1_000 + place)
            campaigns.append({"id": identity, "name": f"C {place}", "status": "ACTIVE", "daily_budget": 1_000 + place, "adsets": []})
            insights.append({"level": "campaign", "id": identity, "day": -2, "impressions": 5_000, "clicks": 90, "inline_link_clicks": 70,
                             "reach": 3_000, "spend": "61.50", "actions": {"omni_purchase": 9}})
        accounts.append({"id": str(700_000_000_000 + index), "name": f"Hold {index}", "currency": "EUR", "timezone": midday_zone(),
                         "min_daily_budget": 100, "account_status": 1, "campaigns": campaigns})
    return accounts, insights


def notification(account):
    """All campaigns of the account in one delivery."""
    return json.dumps({"object": "ad_account", "entry": [{"id": account["id"], "time": int(time.time()), "changes": [
        {"field": "with_issues_ad_objects", "value": {"id": campaign["id"], "level": "CAMPAIGN", "error_code": "1"}}
        for campaign in account["campaigns"]]}]}).encode()


def posts(rig, since_us=0):
    return [call for call in rig.emulator_log() if call["kind"] == "graph" and call["op"] == "write" and call["wall_us"] > since_us]


def hold(rig):
    """Runs the command; the time at which it said that writes are on hold, and what it said."""
    process = subprocess.Popen(
        [os.path.join(rig.program, "touchstone"), "hold", "--config", rig.path("touchstone.yaml")], env=rig.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    rig.processes.append(process)
    line = process.stdout.readline()
    returned = wall_us()
    return returned, line.strip(), process.wait(30)


def run(options):
    rig = Rig(options.keep or tempfile.mkdtemp(prefix="touchstone-hold-"), options.program)
    rig.secrets["CHAOS_TOKEN"] = "chaos-token-of-studio"
    failed = 0

    def check(name, good, detail=""):
        nonlocal failed
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}" + (f": {detail}" if detail != "" else ""), flush=True)

    accounts, insights = world()
    try:
        rig.start_emulator({
            "require_proof": True, "apps": [{"id": APP_ID, "secret": rig.secrets["CHAOS_APP_SECRET"]}],
            "tokens": [{"token": "chaos-token-of-studio", "name": "studio", "app": APP_ID, "accounts": [a["id"] for a in accounts]}],
            "accounts": accounts, "insights": insights,
            "faults": [{"match": {"method": "POST"}, "count": "forever", "do": {"delay_ms": POST_MS}}]})
        configure(rig, accounts, refresh={"first": "gather", "gather": "1s", "floor": "15m", "follow_up": ["15m"]})
        rig.start_gateway()
        connection = rig.connection()
        for account in accounts:
            assert rig.send(connection, notification(account)) == 200
        connection.close()
        end = time.monotonic() + 30
        queued = 0
        while time.monotonic() < end and (queued < ACTIONS or len(posts(rig)) < 8):
            time.sleep(0.02)
            database = rig.database()
            queued = rows(database, "SELECT COUNT(*) FROM outbox")[0][0]
            database.close()
        database = rig.database()
        unfinished = rows(database, "SELECT COUNT(*) FROM outbox WHERE state = 'open'")[0][0]
        leased = rows(database, "SELECT COUNT(*) FROM outbox WHERE state = 'open' AND attempt > 0")[0][0]
        database.close()
        before = len(posts(rig))
        check(f"{ACTIONS} actions are queued", queued == ACTIONS, f"{queued}; {unfinished} of them unfinished, {leased} being sent, {before} "
                                                                  "writes at the emulator so far")
        asked = wall_us()
        returned, said, code = hold(rig)
        check("hold returned 0", code == 0, f"{said} ({(returned - asked) // 1000} ms)")
        time.sleep(4)
        late = posts(rig, returned)
        during = [call for call in posts(rig, asked) if call["wall_us"] <= returned]
        check("no write at the emulator after hold returned", not late,
              f"{len(during)} while it waited, {len(late)} after" + (f", the last {(late[-1]['wall_us'] - returned) // 1000} ms after" if late else ""))
        written = len(posts(rig))
        rig.kill_gateway()
        rig.gateway.wait(10)
        rig.start_gateway()
        time.sleep(3)
        check("nor after SIGKILL and a restart", len(posts(rig)) == written, f"{len(posts(rig)) - written} writes")
        database = rig.database()
        states = dict(rows(database, "SELECT state, COUNT(*) FROM outbox GROUP BY state"))
        database.close()
        check("what was not written waits, held", states.get("held", 0) + states.get("done", 0) == ACTIONS and states.get("held", 0) > 0, states)
        rig.control("DELETE", "faults")
        code, said = rig.command("release")
        check("release returned 0", code == 0, said.decode().strip())
        left = settle(rig, 60)
        check("nothing is left", not left, left or "")
        database = rig.database()
        actions = dict(rows(database, "SELECT state, COUNT(*) FROM action_history GROUP BY state"))
        database.close()
        check(f"all {ACTIONS} actions are done", actions == {"done": ACTIONS}, actions)
        changes = [change["id"] for call in posts(rig) for change in call["changed"]]
        check("each once", len(changes) == len(set(changes)) == ACTIONS, f"{len(changes)} changes of {len(set(changes))} entities")
        state = {entity["id"]: entity for entity in json.loads(rig.control("GET", "state"))["entities"]}
        wrong = [campaign["id"] for account in accounts for campaign in account["campaigns"]
                 if state[campaign["id"]]["daily_budget"] != str(campaign["daily_budget"] * 120 // 100)]
        check("every budget is one step of 20 % above what it was", not wrong, wrong[:3] if wrong else "")
    finally:
        rig.stop_all()
    print(f"{failed} check(s) failed")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
