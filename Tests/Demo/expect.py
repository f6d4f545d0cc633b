#!/usr/bin/env python3
"""Judges the evidence that `touchstone demo --keep DIR` leaves in DIR.

Shares no code with the program. It reads what was given to both processes (scenario, configuration, rules, secrets), what was sent and
answered (journal) and what the emulator was asked (its log); verifies every signature again, decodes the deliveries, works out which
entities must be touched and may be read, adds up the scenario's rows, evaluates the rules with fractions, and computes what must have
been written. Then it compares all of it with the program's figures and with its database, row by row.

One line per check, `ok …` or `FAIL …`; exit 1 when any failed. Needs nothing but Python's standard library.
"""
import collections
import datetime
import json
import pathlib
import sys

from advertisers import UNKNOWN, Account, Call, Evaluation, day_range, in_scope, is_story, wanted_write
from evidence import Evidence, Report, bare, brief, changes_of, verdict
from uses import Uses

# ---------------------------------------------------------------- the judgement

class Judgement:
    def __init__(self, evidence, report):
        self.evidence, self.report = evidence, report
        accounts = {account["id"]: account for account in evidence.scenario["accounts"]}
        self.accounts = {}
        for workspace in evidence.configuration["workspaces"]:
            for name in workspace["accounts"]:
                self.accounts[bare(name)] = Account(evidence.scenario, workspace, accounts[bare(name)], evidence.rules)
        self.by_workspace = {account.workspace: account for account in self.accounts.values()}
        self.pages = {page if isinstance(page, str) else page["id"]: workspace["name"] for workspace in evidence.configuration["workspaces"]
                      for page in workspace["pages"] + workspace["instagram"]}
        # What concerns ads, and nothing else; Pages, people and conversions are judged in uses.py, and so is the index of stories.
        self.calls = [Call(line) for line in evidence.log if line["call"] is None and not is_story(line)]
        self.figures, self.routes_of = evidence.figures, {}
        self.uses = Uses(self)

    def run(self):
        self.deliveries()
        self.events()
        self.touches()
        self.reads()
        self.facts()
        self.rules()
        self.uses.run()
        self.actions()

    def figure(self, name, expected):
        self.report.equal(f"figure {name}", self.figures.get(name), expected)

    # (a) ----------------------------------------------------------

    def deliveries(self):
        evidence, report = self.evidence, self.report
        wrong = [(e["name"], e["status"], verdict(evidence, e), e["expected"]) for e in evidence.journal
                 if not e["status"] == verdict(evidence, e) == e["expected"]]
        report.check(f"every one of {len(evidence.journal)} requests has the answer that its bytes and signature call for", not wrong, brief(wrong))
        posts = [entry for entry in evidence.journal if entry["method"] == "POST"]
        posts += [entry for replay in evidence.replays for entry in replay["entries"]]
        self.accepted = [entry for entry in posts if verdict(evidence, entry) == 200]
        self.figure("deliveries_accepted", len(self.accepted))
        self.figure("deliveries_refused", len(posts) - len(self.accepted))
        stored = evidence.rows("SELECT seq, received_at, app, kind, decoded, events, duplicates FROM deliveries ORDER BY seq")
        report.equal("deliveries stored, none of the refused among them", len(stored), len(self.accepted))
        whose = [(1, self.uses.sender(entry)) for entry in self.accepted]
        report.check("every stored delivery is decoded and belongs to the app, or to the source that proved itself",
                     [(row["decoded"], (row["kind"], row["app"])) for row in stored] == whose)
        late = [entry["name"] for entry, row in zip(self.accepted, stored) if "sent_at_ms" in entry and not -1 <= row["received_at"] - entry["sent_at_ms"] <= 60_000]
        report.check("deliveries are stored in the order of sending", not late, brief(late))
        self.stored = stored
        versions = {entry["http"] for entry in self.accepted if "http" in entry}
        report.equal("HTTP versions used", versions, {"1.1", "2"})

    def owner(self, event):
        if event.object == "conversion":
            return event.source["workspace"]
        account = self.accounts.get(event.account)
        return account.workspace if account else self.pages.get(event.object_id, "unassigned")

    def routes(self, event):
        if (event.object, event.field) not in self.routes_of:
            self.routes_of[event.object, event.field] = self.find_routes(event)
        return self.routes_of[event.object, event.field]

    def find_routes(self, event):
        found = []
        for route in self.evidence.configuration["routes"]:
            takes = lambda key, value: (lambda wanted: wanted in (None, "*") or value == wanted or isinstance(wanted, list) and value in wanted)(
                route["match"].get(key))
            if takes("object", event.object) and takes("field", event.field):
                found.append(route)
        return found

    def events(self):
        report, seen, expected, per_delivery = self.report, set(), [], []
        self.fresh, self.fresh_by_act, self.deliveries_of, self.ids = [], collections.defaultdict(list), collections.Counter(), {}
        self.stored_ids = {(r["delivery_seq"], r["position"]): r["id"] for r in self.evidence.rows("SELECT id, delivery_seq, position FROM events")}
        duplicates = 0
        for entry, row in zip(self.accepted, self.stored):
            new = 0
            decoded = changes_of(self.evidence, entry)
            for position, event in enumerate(decoded):
                key = (self.owner(event), event.key)
                if key in seen:
                    duplicates += 1
                    continue
                seen.add(key)
                new += 1
                event.act, event.received_at = entry["act"], row["received_at"]
                self.ids[id(event)] = self.stored_ids.get((row["seq"], position))
                self.fresh.append(event)
                self.fresh_by_act[entry["act"]].append(event)
                expected.append((row["seq"], position, self.owner(event), event.object, event.field, event.kind, event.object_id,
                                 event.account or "", json.dumps(event.entities), len(self.routes(event))))
            per_delivery.append((row["seq"], new, len(decoded) - new))
            touched = self.touched_by(self.fresh[len(self.fresh) - new:])
            self.deliveries_of.update({self.by_workspace[workspace].id for workspace, _, _ in touched})
        stored = [(r["delivery_seq"], r["position"], r["workspace_id"], r["object"], r["field"], r["kind"], r["object_id"], r["account_id"] or "",
                   json.dumps([tuple(pair) for pair in json.loads(r["entities"])]), r["routes"])
                  for r in self.evidence.rows("SELECT * FROM events")]
        report.same("events stored: delivery, position, owner, kind, object, account, entities, routes", stored, expected)
        report.same("events and duplicates of every delivery", [(r["seq"], r["events"], r["duplicates"]) for r in self.stored], per_delivery)
        self.figure("events", len(expected))
        self.figure("duplicates", duplicates)
        self.figure("unrouted", sum(1 for event in self.fresh if not self.routes(event)))
        self.figure("undecodable", sum(1 for event in self.fresh if event.kind == "undecodable"))
        open_jobs = self.evidence.rows("SELECT state, COUNT(*) AS n FROM jobs WHERE state <> 'done' GROUP BY state")
        report.check("no job is left", not open_jobs, brief([tuple(row) for row in open_jobs]))
        jobs = self.evidence.rows("SELECT COUNT(*) AS n FROM jobs")[0]["n"]
        report.equal("one job per event and route", jobs, sum(len(self.routes(event)) for event in self.fresh))

    # (b) ----------------------------------------------------------

    def touched_by(self, events):
        touched = set()
        for event in events:
            account = self.by_workspace.get(self.owner(event))
            if account and any("touch" in route["chain"] for route in self.routes(event)):
                for level, entity in [*event.entities, *(("ad", ad) for ad in self.uses.ads_behind(event))]:
                    if account.level.get(entity) == level:
                        touched |= {(account.workspace, *pair) for pair in account.family(entity)}
        return touched

    def touches(self):
        self.touched = self.touched_by(self.fresh)
        stored = [(r["workspace_id"], r["level"], r["entity_id"]) for r in self.evidence.rows("SELECT * FROM touched_entities")]
        self.report.same("touched entities: those that events name or that are behind them, with their ad sets and campaigns", stored, self.touched)
        self.figure("entities_touched", len(self.touched))
        stuck = self.evidence.rows("SELECT state, COUNT(*) AS n FROM touched_entities WHERE state IN ('held', 'dead') GROUP BY state")
        self.report.check("no touched entity is held or dead", not stuck, brief([tuple(row) for row in stuck]))

    def reads(self):
        report = self.report
        may = {(self.by_workspace[workspace].id, entity) for workspace, _, entity in self.touched}
        strangers = set()
        for call in self.calls:
            named = set(call.ids) | ({call.node} if call.node and call.op in ("node", "write") else set())
            for entity in named:
                owner = next((account for account in self.accounts.values() if entity in account.level), None)
                if owner is None or (owner.id, entity) not in may or (call.account not in (None, owner.id)):
                    strangers.add((call.path, entity))
        report.check("no call of the Graph API names an entity that was not touched", not strangers, brief(sorted(strangers)[:4]))
        self.figure("entities_read_untouched", len({entity for _, entity in strangers}))
        unfiltered = [call.path for call in self.calls if call.op in ("insights", "edge") and not call.ids]
        report.check("no call reads a whole account", not unfiltered, brief(unfiltered[:4]))
        bad = [(call.path, call.line["status"]) for call in self.calls if call.line["status"] != 200]
        report.check("every call was answered with 200", not bad, brief(bad[:4]))
        leaks = [call.path for call in self.calls if (call.line["auth"], call.line["proof"]) != ("header", "ok")]
        report.check("every call had its token in the header and its proof", not leaks, brief(leaks[:4]))
        self.insights = [call for call in self.calls if call.is_insights]
        first = [call for call in self.insights if call.first_page]
        self.figure("insight_reads", len(first))
        kept = [(r["request_id"], r["account_id"], r["level"], r["rows"]) for r in self.evidence.rows("SELECT * FROM insight_reads")]
        rows = collections.Counter()
        for call in self.insights:
            rows[call.shape, tuple(call.ids), call.line["trace"]] += call.line["rows"]
        if all(call.first_page for call in self.insights):
            report.same("insight reads stored with Meta's request id", kept,
                        [(call.line["trace"], call.account, call.level, call.line["rows"]) for call in first])
        # Once per level and date shape; again only after a push that says that a metric moved.
        times = collections.Counter()
        for call in first:
            for entity in call.ids:
                times[entity, call.shape] += 1
        second = self.touched_by(event for event in self.fresh_by_act[2] if event.moved)
        again = {entity for _, _, entity in second}
        wrong = [(entity, shape, count) for (entity, shape), count in times.items() if count != (2 if entity in again else 1)]
        report.check("each touched entity is read once per date shape, and once more when told that a metric moved", not wrong, brief(wrong[:3]))
        unread = [found for found in self.touched if not any(found[2] == entity for entity, _ in times)]
        report.check("every touched entity is read", not unread, brief(unread[:3]))
        calls = collections.Counter(call.shape for call in first)
        many = [(shape, count, self.deliveries_of[shape[0]]) for shape, count in calls.items() if count > self.deliveries_of[shape[0]]]
        report.check("one call per account, level and date shape for all that one delivery touched", not many, brief(many[:3]))

    # (c) ----------------------------------------------------------

    def facts(self):
        report, expected, empty = self.report, {}, set()
        for call in self.insights:
            account = self.accounts[call.account]
            spans = [(day, day) for day in day_range(call.since, call.until)] if call.daily else [(call.since, call.until)]
            for entity in call.ids:
                for since, until in spans:
                    fact, place = account.fact(entity, since, until), (account.workspace, account.id, call.level, entity, since, until)
                    if fact is None:
                        empty.add(place)
                        continue
                    if "reach" not in call.fields:
                        fact["reach"] = expected[place][5] if place in expected else None
                    actions = tuple(sorted((kind, count, value) for kind, (count, value) in fact["actions"].items()))
                    expected[place] = (account.currency, fact["impressions"], fact["clicks"], fact["link_clicks"], fact["spend_minor"],
                                       fact["reach"], actions)
        stored, hollow, versions = [], [], set()
        for row in self.evidence.rows("SELECT * FROM metric_facts"):
            place = (row["workspace_id"], row["account_id"], row["level"], row["entity_id"], row["date_start"], row["date_stop"])
            versions.add(row["version"])
            if row["is_empty"]:
                hollow.append(place)
                continue
            actions = tuple(sorted((kind, item["count"], item.get("value")) for kind, item in json.loads(row["actions"]).items()))
            stored.append((place, (row["currency"], row["impressions"], row["clicks"], row["link_clicks"], row["spend_minor"], row["reach"], actions)))
        report.same("facts: each the scenario's own row, nothing shared out", stored, expected.items())
        report.same("days and windows that were read and had no row", hollow, empty)
        report.check("figures that did not change got no second version", versions == {1}, brief(versions))
        self.figure("facts", len(expected))
        self.figure("facts_empty", len(empty))
        orphans = self.evidence.rows("SELECT COUNT(*) AS n FROM metric_facts f LEFT JOIN insight_reads r ON r.id = f.read_id AND r.level = f.level "
                                     "AND r.account_id = f.account_id WHERE r.id IS NULL")[0]["n"]
        report.equal("facts that can't name the read they came from", orphans, 0)
        self.golden_funnel(stored, hollow)

    def golden_funnel(self, stored, hollow):
        account, step = self.by_workspace["funnel"], "offsite_conversion.custom.1001"
        sums, rows = collections.Counter(), collections.Counter()
        for place, fact in stored:
            if place[0] == "funnel":
                rows[account.name[place[3]]] += 1
                sums[account.name[place[3]]] += sum(count for kind, count, _ in fact[6] if kind == step)
        self.report.equal("the funnel step of five campaigns as it is", [sums[f"Funnel {n}"] for n in range(1, 6)], [145, 67, 203, 12, 0])
        self.report.check("the campaign with 0 has a row, the 26th has none", rows["Funnel 5"] > 0 and rows["Funnel 26"] == 0)
        self.report.equal("three campaigns that truly share one figure keep it", len({sums[f"Funnel {n}"] for n in (6, 7, 8)}), 1)
        unread = {entity for _, _, _, entity, *_ in hollow}
        self.report.check("the 26th was read and is empty, not zero", any(account.name.get(entity) == "Funnel 26" for entity in unread))
        calls = [call for call in self.insights if call.account == account.id]
        self.report.equal("calls for the funnel's 26 campaigns: one per level and shape",
                          [(call.level, call.daily, len(call.ids)) for call in calls], [("campaign", True, 26)])

    # (d) ----------------------------------------------------------

    def rules(self):
        """Plays the calls in their order: each daily read of an entity evaluates every rule that has it in scope."""
        executions, self.writes, self.would, self.trues = [], [], [], 0
        known, acted = collections.defaultdict(set), set()
        passes = collections.defaultdict(list)
        for call in self.insights:
            passes[call.account].append(call)
        checked = collections.Counter()
        for account_id, calls in passes.items():
            account = self.accounts[account_id]
            for call in calls:
                for entity in call.ids:
                    for row in (account.fact(entity, call.since, call.until),):
                        for kind, (_, value) in (row["actions"] if row else {}).items():
                            known[account_id] |= {kind} | ({"value:" + kind} if value is not None else set())
            for call in (found for found in calls if found.daily and found.first_page):
                today = datetime.date.fromisoformat(call.until)
                now = datetime.datetime.fromtimestamp(call.line["wall_us"] / 1e6, account.zone).date()
                if today != now:
                    self.report.check(f"the series of {account.workspace} ends with the account's own day", False, f"{today}, and it is {now}")
                for entity in call.ids:
                    under_way = set()                   # one write of an entity at a time: a later rule waits for the figures after it
                    for rule in account.meta_rules:
                        if in_scope(rule, account, entity):
                            truth = Evaluation(account, entity, today, known[account_id]).truth(rule["when"])
                            word = "unknown" if truth is UNKNOWN else str(truth).lower()
                            executions.append((account.workspace, rule["name"], call.level, entity, word))
                            checked[account.workspace, rule["name"], word] += 1
                            if truth is True:
                                self.decide(account, rule, entity, acted, under_way)
        stored = [(r["workspace_id"], r["rule"], r["level"], r["entity_id"], r["truth"].split(":")[0]) for r in
                  self.evidence.rows("SELECT * FROM rule_executions") if (r["workspace_id"], r["rule"]) not in self.uses.own_rules]
        self.report.same("rules evaluated, with their truth", stored, executions)
        self.figure("rules_evaluated", len(executions))
        self.figure("rules_true", sum(1 for found in executions if found[4] == "true"))
        for account in self.accounts.values():
            if account.workspace.startswith("scale-"):
                counts = [checked[account.workspace, "scale-high-performers", word] for word in ("true", "false", "unknown")]
                self.report.equal(f"{account.workspace}: twice three checked, two matched", counts, [4, 2, 0])

    def decide(self, account, rule, entity, acted, under_way):
        for index, action in enumerate(rule["then"]):
            # The figures do not change while the demo runs, so a second evaluation has the same evidence and must not act again.
            cause = (account.workspace, rule["name"], entity, index)
            wanted = wanted_write(account, entity, action)
            if cause in acted or wanted is None or entity in under_way:
                continue
            acted.add(cause)
            field, new = wanted
            old = account.state[entity][field]
            item = (account.workspace, rule["name"], account.level[entity], entity, field, str(old), new)
            if rule["mode"] == "dry_run" or not account.acts:
                self.would.append(item)
            else:
                self.writes.append(item)
                under_way.add(entity)

    def actions(self):
        report, rows = self.report, self.evidence.rows("SELECT * FROM action_history")
        self.writes += self.uses.own_writes
        item = lambda r: (r["workspace_id"], r["rule"], r["level"], r["entity_id"], r["field"], r["old_value"], r["new_value"])
        report.same("actions done, each once", [item(r) for r in rows if r["state"] == "done"], self.writes)
        report.same("actions only recorded, of rules in dry run", [item(r) for r in rows if r["state"] == "would"], self.would)
        others = [(item(r), r["state"], r["reason"]) for r in rows if r["state"] not in ("done", "would")]
        report.check("no action is in any other state", not others, brief(others[:2], 600))
        self.figure("actions", len(self.writes) + len(self.would))
        changed = [(change["id"], change["field"], str(change["old"]), str(change["new"]))
                   for call in self.calls if call.op == "write" and not call.line.get("validate_only") for change in call.line["changed"]]
        report.same("values that the emulator took: one for every action done", changed, [found[3:] for found in self.writes])
        self.figure("writes", len(self.writes))
        posts = [call for call in self.calls if call.line["method"] != "GET"]
        report.equal("calls that write", len(posts), len(self.writes))
        naked = []
        for post in posts:
            around = [call for call in self.calls if call.node == post.node and call.op in ("node", "write")]
            place = around.index(post)
            before, after = around[place - 1] if place else None, around[place + 1] if place + 1 < len(around) else None
            if not (before and after and before.op == after.op == "node"):
                naked.append(post.path)
        report.check("every write is preceded and followed by a read of the same entity", not naked, brief(naked))
        keys = [r["idempotency_key"] for r in rows]
        report.equal("actions that share their idempotency key with another", len(keys) - len(set(keys)), 0)
        causes = self.evidence.rows(
            "SELECT a.id FROM action_history a JOIN rule_executions x ON x.id = a.execution_id JOIN events e ON e.id = a.event_id "
            "JOIN deliveries d ON d.seq = e.delivery_seq WHERE x.rule = a.rule AND x.truth = 'true'")
        report.equal("actions that name their evaluation, event and delivery", len(causes), len(rows))
        left = self.evidence.rows("SELECT kind, state FROM outbox WHERE state <> 'done'")
        report.check("no message is left in the outbox", not left, brief([tuple(row) for row in left]))
        self.golden_scale()

    def golden_scale(self):
        for account in self.accounts.values():
            if not account.workspace.startswith("scale-"):
                continue
            done = {account.name[found[3]]: found[5:] for found in self.writes if found[0] == account.workspace}
            self.report.equal(f"{account.workspace}: A to 250, C to 400, B and D untouched (minor units)", done,
                              {"Scale A": ("20000", "25000"), "Scale C": ("32000", "40000")})


def judge(folder):
    """Judges a folder; the number of checks that failed."""
    report, evidence = Report(), Evidence(pathlib.Path(folder))
    try:
        Judgement(evidence, report).run()
    finally:
        evidence.database.close()
    return report.failed


def main():
    if len(sys.argv) != 2:
        print("usage: expect.py DIR", file=sys.stderr)
        return 2
    failed = judge(sys.argv[1])
    print(f"{failed} checks failed" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
