#!/usr/bin/env python3
"""Judges the evidence that `touchstone demo --keep DIR` leaves in DIR.

Shares no code with the program. It reads what was given to both processes (scenario, configuration, rules, secrets), what was sent and
answered (journal) and what the emulator was asked (its log); verifies every signature again, decodes the deliveries, works out which
entities must be touched and may be read, adds up the scenario's rows, evaluates the rules with fractions, and computes what must have
been written. Then it compares all of it with the program's figures and with its database, row by row.

One line per check, `ok …` or `FAIL …`; exit 1 when any failed. Needs nothing but Python's standard library.
"""
import base64
import collections
import datetime
import hashlib
import hmac
import json
import pathlib
import re
import sqlite3
import sys
import zoneinfo
from fractions import Fraction as F

# Meta's table: minor units per major unit are 1 for these, 100 for all others; ISO exponents play no part.
OFFSET_ONE = {"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"}
PURCHASE = ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"]
BODY_MAX = 8 * 1024 * 1024
DEPTH_MAX = 64
UNKNOWN = object()


# ---------------------------------------------------------------- checks

class Report:
    def __init__(self):
        self.failed = 0

    def check(self, name, good, detail=""):
        text = f"{'ok  ' if good else 'FAIL'} {name}"
        print(text + (f": {detail}" if detail and not good else ""))
        self.failed += 0 if good else 1

    def equal(self, name, seen, expected):
        self.check(f"{name} = {brief(expected)}", seen == expected, f"seen {brief(seen)}")

    def same(self, name, seen, expected):
        """Two collections of hashable things, compared with their multiplicities."""
        seen, expected = collections.Counter(seen), collections.Counter(expected)
        missing, surplus = expected - seen, seen - expected
        detail = "; ".join(f"{word} {sum(c.values())}: {brief(list(c)[:3], 600)}"
                           for word, c in (("missing", missing), ("too many", surplus)) if c)
        self.check(f"{name} ({sum(expected.values())})", not detail, detail)


def brief(value, width=300):
    text = str(value)
    return text if len(text) <= width else text[:width] + "…"


# ---------------------------------------------------------------- evidence

class Evidence:
    def __init__(self, folder):
        self.scenario = json.loads((folder / "scenario.yaml").read_text())
        self.configuration = json.loads((folder / "touchstone.yaml").read_text())
        self.rules = [rule for file in sorted((folder / "rules").glob("*.yaml")) for rule in json.loads(file.read_text())["rules"]]
        self.environment = dict(line.split("=", 1) for line in (folder / "environment").read_text().splitlines() if line)
        self.journal = lines(folder / "journal.jsonl")
        self.log = [line for line in lines(folder / "emulator.log") if line.get("kind", "graph") == "graph"]
        self.figures = json.loads((folder / "figures.json").read_text())
        self.database = sqlite3.connect(f"file:{folder / 'touchstone.db'}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row

    def rows(self, query):
        return self.database.execute(query).fetchall()

    def value(self, text):
        """A configuration value with its variables filled in."""
        return re.sub(r"\$\{(\w+)\}", lambda found: self.environment[found[1]], text)


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def body_of(entry):
    if "body_repeated" in entry:
        return bytes([entry["body_repeated"]["byte"]]) * entry["body_repeated"]["count"]
    return base64.b64decode(entry["body_base64"])


# ---------------------------------------------------------------- (a) the verdict over the raw bytes

def verdict(evidence, entry):
    """The answer that the request must get, from its bytes and the configured secrets."""
    app = evidence.configuration["apps"][0]
    path, _, query = entry["target"].partition("?")
    if path not in (app["path"], f"{app['path']}/{app['name']}"):
        return 404
    if entry["method"] == "GET":
        asked = dict(part.split("=", 1) for part in query.split("&"))
        good = asked.get("hub.mode") == "subscribe" and asked.get("hub.verify_token") == evidence.value(app["verify_token"])
        return 200 if good else 403
    headers = [(name.lower(), value) for name, value in entry["headers"]]
    body = body_of(entry)
    if any(name == "content-encoding" for name, _ in headers):
        return 415
    if len(body) > BODY_MAX:
        return 413
    given = [value for name, value in headers if name == "x-hub-signature-256"]
    if len(given) != 1 or not re.fullmatch(r"sha256=[0-9a-f]{64}", given[0]):
        return 401
    secrets = [evidence.value(secret).encode() for secret in app["secrets"]]
    return 200 if any(hmac.compare_digest("sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(), given[0]) for secret in secrets) else 401


# ---------------------------------------------------------------- decoding (design 5.7), on its own reading

class Number(str):
    """A JSON number as its token."""


def parse(body):
    """The document, or None when it is none (RFC 8259, at most 64 deep)."""
    text = body.decode("utf-8", "replace")
    text = text[1:] if text.startswith("\ufeff") else text
    depth = deepest = 0
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.S):
        depth += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, depth)
    if deepest > DEPTH_MAX:
        return None

    def constant(_):
        raise ValueError("no JSON")
    try:
        return (json.loads(text, parse_int=Number, parse_float=Number, parse_constant=constant),)
    except (ValueError, RecursionError):
        return None


def frozen(value):
    """Equal for equal JSON values in whatever bytes and order of keys."""
    if isinstance(value, dict):
        return ("object", frozenset((clean(key), frozen(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(frozen(item) for item in value))
    if isinstance(value, Number):
        return ("number", str(value))
    if isinstance(value, str):
        return ("string", clean(value))
    return ("word", repr(value))


def clean(text):
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def an_id(value):
    """An id as text, whatever JSON type it had; None for 0, empty, and what can't be one."""
    if isinstance(value, Number):
        return str(value) if re.fullmatch(r"[0-9]{1,255}", value) and value != "0" else None
    if isinstance(value, str):
        text = clean(value)
        return text if 0 < len(text.encode()) <= 255 and text != "0" and not re.search("[\x00-\x1f\x7f]", text) else None
    return None


def an_integer(value):
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value) and -2 ** 63 <= int(value) < 2 ** 63:
        return int(value)
    return None


def text(value):
    return clean(value) if isinstance(value, str) and not isinstance(value, Number) else None


def member(value, *keys):
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return None
    return value


def plain(name):
    """A name of Meta's as it may stand in a kind."""
    return re.sub(rb"[^A-Za-z0-9_.:-]", b"_", clean(name).encode()[:64]).decode()


def bare(account):
    return account[4:] if account.startswith("act_") else account


def entity_id(value):
    found = an_id(value)
    found = bare(found) if found else None
    return found if found and re.fullmatch(r"[0-9]{1,32}", found) and found.strip("0") else None


LEVELS = {"account": "account", "adaccount": "account", "campaign": "campaign", "adset": "adset", "ad": "ad", "adgroup": "ad"}


def level_of(word):
    word = text(word)
    return LEVELS.get(word.lower().replace("_", "")) if word else None


class Event:
    """One change: what it is, whom it names, and what makes it the same as another."""

    def __init__(self, obj, entry_id, entry_time, field, value, shape, whole=None, verb=None):
        self.object, self.object_id, self.time, self.field = obj, entry_id, entry_time, field
        self.value, self.shape, self.whole, self.verb = value, shape, value if whole is None else whole, verb
        self.kind = self.make_kind()
        self.account = self.make_account()
        self.entities = [] if shape == "bad" else list(dict.fromkeys(self.make_entities()))
        self.key = self.make_key()

    def get(self, *keys):
        return member(self.value, *keys)

    def make_kind(self):
        if self.shape == "bad":
            return "undecodable"
        verb = self.verb if self.verb is not None else text(self.get("verb")) or ""
        more = []
        if self.shape == "message":
            more = [self.message_kind()]
        elif self.shape == "change" and self.object == "page" and self.field in ("feed", "mention", "ratings"):
            more = [text(self.get("item")) or "", verb]
        elif self.shape == "change" and self.object in ("permissions", "user"):
            more = [verb]
        return ".".join([self.object, self.field] + [plain(word) for word in more if word])

    def message_kind(self):
        message = self.get("message")
        if message is not None or "message" in self.value:
            true = lambda key: member(message, key) in (True, "1", "true")
            return "deleted" if true("is_deleted") else "echo" if true("is_echo") else ""
        others = sorted(key for key in self.value if key not in ("sender", "recipient", "timestamp"))
        return others[0] if others else ""

    def make_account(self):
        own = entity_id(self.object_id) if self.object == "ad_account" else None
        state = entity_id(self.get("id")) if (self.object, self.field) == ("application", "ad_account") else None
        return own or entity_id(self.get("account_id")) or entity_id(self.get("ad_account_id")) or state

    def make_entities(self):
        if (self.object, self.field) == ("application", "ad_account"):
            return [("account", entity_id(self.get("id")))] if entity_id(self.get("id")) else []
        ads = [entity_id(self.get("ad_id")) or entity_id(self.get("adgroup_id"))]
        if self.object == "instagram":
            ads.append(entity_id(self.get("media", "ad_id")))
        if self.shape == "message":
            ads += [entity_id(self.get(*path, "ad_id")) for path in (["referral"], ["message", "referral"], ["postback", "referral"])]
        if self.object == "whatsapp_business_account":
            for message in self.get("messages") or []:
                if text(member(message, "referral", "source_type")) == "ad":
                    ads.append(entity_id(member(message, "referral", "source_id")))
        named = [("ad", ad) for ad in ads if ad]
        for id_key, level_key in (("object_id", "object_type"), ("id", "level")):
            found, level = entity_id(self.get(id_key)), level_of(self.get(level_key))
            if found and level:
                named.append((level, found))
        return named

    def make_key(self):
        state = ("state", self.object, self.object_id, self.field, frozen(self.whole), self.time)
        stamp = lambda *keys: next((found for found in (an_integer(self.get(key)) for key in keys) if found is not None), self.time)
        if self.shape == "message":
            deleted = self.get("message", "is_deleted") in (True, "1", "true")
            mid = an_id(self.get("message", "mid")) or an_id(self.get("postback", "mid"))
            return ("mid", mid) if mid and not deleted else state
        if self.shape != "change":
            return state
        if (self.object, self.field) == ("page", "leadgen"):
            lead = an_id(self.get("leadgen_id"))
            return ("lead", lead) if lead else state
        verb = plain(text(self.get("verb")) or "")
        if (self.object, self.field) == ("page", "feed") and isinstance(self.value, dict):
            item = text(self.get("item"))
            if item == "comment" and verb in ("add", "edit", "edited", "update", "remove", "delete"):
                comment = an_id(self.get("comment_id"))
                return ("comment", comment, verb, stamp("edited_time", "created_time")) if comment else state
            if item in ("reaction", "like"):
                target = an_id(self.get("comment_id")) or an_id(self.get("post_id"))
                person = an_id(self.get("from", "id")) or an_id(self.get("sender_id")) or ""
                kind = plain(text(self.get("reaction_type")) or "")
                return ("reaction", target, person, verb, kind, stamp("created_time")) if target else state
            return state
        if self.object == "instagram" and self.field in ("comments", "live_comments"):
            comment = an_id(self.get("id")) or an_id(self.get("comment_id"))
            return ("comment", comment, "add", stamp("edited_time", "created_time")) if comment else state
        if (self.object, self.field) == ("whatsapp_business_account", "messages"):
            messages = self.get("messages") or []
            mid = an_id(member(messages, 0, "id"))
            return ("mid", mid) if len(messages) == 1 and mid and not (isinstance(self.value, dict) and "statuses" in self.value) else state
        return state

    @property
    def moved(self):
        """A push that says a metric moved is read again sooner than every quarter of an hour."""
        if (self.object, self.field) == ("ad_account", "subscriptions"):
            return bool(text(self.get("field"))) and self.get("current_value") is not None
        if (self.object, self.field) == ("application", "ads_rules_engine"):
            return (text(self.get("trigger_type")) or "").upper().startswith("STATS_")
        return False


def decode(body):
    """The changes of a delivery in the order of its bytes."""
    document = parse(body)
    if document is None:
        return [Event("unknown", "", None, "", Number("0"), "bad", whole=body.decode("latin-1"))]
    events = []
    for delivery in document[0] if isinstance(document[0], list) else [document[0]]:
        named = text(member(delivery, "object"))
        obj = plain(named) if named else "unknown"
        if not isinstance(delivery, dict) or not isinstance(delivery.get("entry"), list):
            events.append(Event(obj or "unknown", "", None, "", delivery, "bad"))
            continue
        for entry in delivery["entry"]:
            events += decode_entry(obj or "unknown", entry)
    return events


def decode_entry(obj, entry):
    if not isinstance(entry, dict):
        return [Event(obj, "", None, "", entry, "bad")]
    raw = entry.get("id")
    entry_id = an_id(raw) or ("0" if an_integer(raw) == 0 else "")
    entry_id = bare(entry_id) if obj == "ad_account" else entry_id
    make = lambda *rest, **more: Event(obj, entry_id, an_integer(entry.get("time")), *rest, **more)

    def change(item):
        if not isinstance(item, dict) or not text(item.get("field")):
            return make("", item, "bad")
        verb, field = text(item.get("verb")), plain(text(item["field"]))
        whole = None if verb is None else {"field": item["field"], "value": item.get("value"), "verb": verb}
        return make(field, item.get("value"), "change", whole=whole, verb=verb)
    events, known = [], False
    if entry.get("changes") is not None:
        known = True
        events += [change(item) for item in entry["changes"]] if isinstance(entry["changes"], list) else [make("", entry, "bad")]
    if entry.get("changed_fields") is not None:
        known = True
        names = entry["changed_fields"]
        events.append(make("changed_fields", names, "names") if isinstance(names, list) else make("", names, "bad"))
    for key, field in (("messaging", "messages"), ("standby", "standby")):
        if entry.get(key) is not None:
            known = True
            items = entry[key]
            events += [make(field, item, "message") if isinstance(item, dict) else make("", item, "bad") for item in items] \
                if isinstance(items, list) else [make("", entry, "bad")]
    if "field" in entry:
        events.append(change(entry))
    elif not known:
        events.append(make("", entry, "bad"))
    return events


# ---------------------------------------------------------------- the scenario

class Account:
    """An advertiser's account: what is in it, its rows, and what has been written so far."""

    def __init__(self, scenario, workspace, account, rules):
        self.workspace, self.id, self.currency = workspace["name"], account["id"], account["currency"]
        self.offset = 1 if self.currency in OFFSET_ONE else 100
        self.margin = F(str(workspace["margin"]))
        self.acts = any(bare(a) == self.id for a in workspace["act_on"])
        self.zone = zoneinfo.ZoneInfo(account["timezone"])
        self.rules = [rule for rule in rules if rule["workspace"] == self.workspace]
        self.level, self.name, self.parent, self.children, self.state = {}, {}, {}, collections.defaultdict(list), {}
        for campaign in account["campaigns"]:
            self.add("campaign", campaign, None)
            for adset in campaign["adsets"]:
                self.add("adset", adset, campaign["id"])
                for ad in adset["ads"]:
                    self.add("ad", ad, adset["id"])
        self.source = collections.defaultdict(list)
        for row in scenario["insights"]:
            if row["id"] in self.level:
                self.source[row["id"], row["day"]].append(row)
        self.days = {day for _, day in self.source}

    def add(self, level, entity, parent):
        self.level[entity["id"]], self.name[entity["id"]], self.parent[entity["id"]] = level, entity["name"], parent
        self.children[parent].append(entity["id"])
        self.state[entity["id"]] = {"status": entity["status"], "daily_budget": entity.get("daily_budget")}

    def family(self, entity):
        """The entity, its ad set and its campaign."""
        while entity:
            yield self.level[entity], entity
            entity = self.parent[entity]

    def minor(self, amount):
        value = F(str(amount)) * self.offset
        assert value.denominator == 1, f"the scenario has more decimals than {self.currency}"
        return int(value)

    def cells(self, entity, day):
        """The source rows behind an entity's day: its own, else those of everything below it."""
        if (entity, day) in self.source:
            return self.source[entity, day]
        return [row for child in self.children[entity] for row in self.cells(child, day)]

    def fact(self, entity, since, until):
        """The sum of the rows from `since` to `until`; None where there is none."""
        days = sorted(day for day in self.days if since <= day <= until)
        cells = [row for day in days for row in self.cells(entity, day)]
        if not cells:
            return None
        total = lambda key: sum(int(row.get(key, 0)) for row in cells)
        actions, values = collections.Counter(), collections.Counter()
        for row in cells:
            actions.update({kind: int(count) for kind, count in row["actions"].items()})
            values.update({kind: self.minor(amount) for kind, amount in row["action_values"].items()})
        reach = [int(row["reach"]) for row in cells]
        return {
            "impressions": total("impressions"), "clicks": total("clicks"), "link_clicks": total("inline_link_clicks"),
            "reach": reach[0] if len(reach) == 1 else (sum(reach) + max(reach)) // 2,
            "spend_minor": sum(self.minor(row["spend"]) for row in cells),
            "actions": {kind: (count, values.get(kind)) for kind, count in actions.items()},
        }


def day_range(since, until):
    day, last = datetime.date.fromisoformat(since), datetime.date.fromisoformat(until)
    while day <= last:
        yield day.isoformat()
        day += datetime.timedelta(days=1)


# ---------------------------------------------------------------- calls of the Graph API

class Call:
    """One request of the emulator's log."""

    def __init__(self, line):
        self.line, self.n, self.op, self.path = line, line["n"], line["op"], line["path"]
        query = line.get("query") or {}
        self.node = next((part for part in self.path.split("/") if part and not part.startswith("act_")), None)
        self.account = next((part[4:] for part in self.path.split("/") if part.startswith("act_")), None)
        self.filters = json.loads(query["filtering"]) if "filtering" in query else []
        self.ids = [str(found) for one in self.filters if one["field"] in ("campaign.id", "adset.id", "ad.id") for found in one["value"]]
        self.is_insights = self.op == "insights"
        if self.is_insights:
            span = json.loads(query["time_range"])
            self.level, self.daily = query["level"], str(query.get("time_increment", "")) == "1"
            self.since, self.until = span["since"], span["until"]
            self.first_page, self.fields = "after" not in query, query.get("fields", "").split(",")

    @property
    def shape(self):
        return (self.account, self.level, self.since, self.until, self.daily)


# ---------------------------------------------------------------- rules

def window_days(window, today):
    found = re.fullmatch(r"last_(\d+)d(\+today)?", window)
    shift = lambda days: (today - datetime.timedelta(days=days)).isoformat()
    if window == "today":
        return shift(0), shift(0)
    if window == "yesterday":
        return shift(1), shift(1)
    return shift(int(found[1])), shift(0 if found[2] else 1)


class Evaluation:
    """What a rule comes to for one entity, by exact fractions; unknown is a value of its own."""

    def __init__(self, account, entity, today, known):
        self.account, self.entity, self.today, self.known = account, entity, today, known

    def truth(self, condition):
        if "all" in condition:
            parts = [self.truth(part) for part in condition["all"]]
            return False if False in parts else UNKNOWN if UNKNOWN in parts else True
        if "any" in condition:
            parts = [self.truth(part) for part in condition["any"]]
            return True if True in parts else UNKNOWN if UNKNOWN in parts else False
        if "not" in condition:
            part = self.truth(condition["not"])
            return part if part is UNKNOWN else not part
        left = self.metric(condition["metric"], condition.get("window"))
        between = re.fullmatch(r"between (\S+) and (\S+)", condition["is"])
        if between:
            low, high = F(between[1]), F(between[2])
            return UNKNOWN if left is UNKNOWN else low <= left <= high
        operator, rest = re.fullmatch(r"(>=|<=|!=|>|<|=)\s*(.+)", condition["is"]).groups()
        times = re.fullmatch(r"(\S+) x (\S+)", rest)
        right = F(times[1]) if times else F(rest)
        if times:
            other = self.metric(times[2], condition.get("window"))
            right = UNKNOWN if other is UNKNOWN else right * other
        if left is UNKNOWN or right is UNKNOWN:
            return UNKNOWN
        return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right, "=": left == right, "!=": left != right}[operator]

    def metric(self, name, window):
        account = self.account
        if name == "daily_budget":
            budget = account.state[self.entity]["daily_budget"]
            return UNKNOWN if budget is None else F(budget, account.offset)
        fact = account.fact(self.entity, *window_days(window, self.today))
        if fact is None:
            return UNKNOWN
        money = lambda minor: F(minor, account.offset)
        divided = lambda top, bottom: UNKNOWN if bottom == 0 or top is UNKNOWN else F(top) / F(bottom)
        purchase = next((kind for kind in PURCHASE if kind in self.known), None)
        count = lambda kind: UNKNOWN if kind not in self.known else F(fact["actions"].get(kind, (0, None))[0])
        value = lambda kind: UNKNOWN if kind is None or "value:" + kind not in self.known else money(fact["actions"].get(kind, (0, 0))[1] or 0)
        if name.startswith("action:"):
            return count(name[7:])
        if name.startswith("value:"):
            return value(name[6:])
        revenue = value(purchase)
        return {
            "spend": lambda: money(fact["spend_minor"]), "impressions": lambda: F(fact["impressions"]), "clicks": lambda: F(fact["clicks"]),
            "link_clicks": lambda: F(fact["link_clicks"]), "reach": lambda: F(fact["reach"]),
            "frequency": lambda: divided(fact["impressions"], fact["reach"]),
            "ctr": lambda: divided(100 * fact["clicks"], fact["impressions"]), "cpc": lambda: divided(money(fact["spend_minor"]), fact["clicks"]),
            "cpm": lambda: divided(1000 * money(fact["spend_minor"]), fact["impressions"]),
            "purchases": lambda: UNKNOWN if purchase is None else count(purchase), "revenue": lambda: revenue,
            "roas": lambda: divided(revenue, money(fact["spend_minor"])),
            "profit": lambda: UNKNOWN if revenue is UNKNOWN else revenue * account.margin - money(fact["spend_minor"]),
        }[name]()


def in_scope(rule, account, entity):
    scope, state = rule["scope"], account.state
    if account.level[entity] != scope["level"] or ("accounts" in scope and account.id not in [bare(a) for a in scope["accounts"]]):
        return False
    name = account.name[entity]
    for how, wanted in scope.get("name", {}).items():
        if not {"contains": wanted in name, "equals": wanted == name, "starts_with": name.startswith(wanted), "ends_with": name.endswith(wanted)}[how]:
            return False
    if scope.get("status", "any") == "active":
        return all(state[found]["status"] == "ACTIVE" for _, found in account.family(entity))
    return scope.get("status", "any") == "any" or state[entity]["status"] == "PAUSED"


def wanted_write(account, entity, action):
    """The field and the value that an action asks for; None when it changes nothing."""
    state = account.state[entity]
    if action == "pause":
        return ("status", "PAUSED") if state["status"] == "ACTIVE" else None
    change = action["adjust_budget"]
    # The budget belongs to whoever has one: the entity, else its campaign.
    old = state["daily_budget"]
    if old is None:
        return None
    least = account.minor(change["min"]) if "min" in change else None
    most = account.minor(change["max"]) if "max" in change else None
    by = change["by"]
    new = F(old) * (1 + F(by.rstrip("%")) / 100) if by.endswith("%") else old + F(by) * account.offset
    new = new.numerator // new.denominator                                     # rounded towards less spend
    new = min(max(new, least if least is not None else new), most if most is not None else max(new, least or new))
    raises = not by.startswith("-")
    if new == old or (raises and new < old) or (not raises and new > old):
        return None
    return "daily_budget", str(new)


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
        self.pages = {page: workspace["name"] for workspace in evidence.configuration["workspaces"] for page in workspace.get("pages", [])}
        self.calls = [Call(line) for line in evidence.log]
        self.figures = evidence.figures

    def run(self):
        self.deliveries()
        self.events()
        self.touches()
        self.reads()
        self.facts()
        self.rules()
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
        self.accepted = [entry for entry in posts if verdict(evidence, entry) == 200]
        self.figure("deliveries_accepted", len(self.accepted))
        self.figure("deliveries_refused", len(posts) - len(self.accepted))
        stored = evidence.rows("SELECT seq, received_at, app, decoded, events, duplicates FROM deliveries ORDER BY seq")
        report.equal("deliveries stored, none of the refused among them", len(stored), len(self.accepted))
        report.check("every stored delivery is decoded and belongs to the app", all(row["decoded"] == 1 and row["app"] == "main" for row in stored))
        late = [entry["name"] for entry, row in zip(self.accepted, stored) if not -1 <= row["received_at"] - entry["sent_at_ms"] <= 60_000]
        report.check("deliveries are stored in the order of sending", not late, brief(late))
        self.stored = stored
        versions = {entry["http"] for entry in self.accepted}
        report.equal("HTTP versions used", versions, {"1.1", "2"})

    def owner(self, event):
        account = self.accounts.get(event.account)
        return account.workspace if account else self.pages.get(event.object_id, "unassigned")

    def routes(self, event):
        found = []
        for route in self.evidence.configuration["routes"]:
            takes = lambda key, value: (lambda wanted: wanted in (None, "*") or value == wanted or isinstance(wanted, list) and value in wanted)(
                route["match"].get(key))
            if takes("object", event.object) and takes("field", event.field):
                found.append(route)
        return found

    def events(self):
        report, seen, expected, per_delivery = self.report, set(), [], []
        self.fresh, self.fresh_by_act, self.deliveries_of = [], collections.defaultdict(list), collections.Counter()
        duplicates = 0
        for entry, row in zip(self.accepted, self.stored):
            new = 0
            decoded = decode(body_of(entry))
            for position, event in enumerate(decoded):
                key = (self.owner(event), event.key)
                if key in seen:
                    duplicates += 1
                    continue
                seen.add(key)
                new += 1
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
                for level, entity in event.entities:
                    if account.level.get(entity) == level:
                        touched |= {(account.workspace, *pair) for pair in account.family(entity)}
        return touched

    def touches(self):
        self.touched = self.touched_by(self.fresh)
        stored = [(r["workspace_id"], r["level"], r["entity_id"]) for r in self.evidence.rows("SELECT * FROM touched_entities")]
        self.report.same("touched entities: those that events name, with their ad sets and campaigns", stored, self.touched)
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
                    for rule in account.rules:
                        if in_scope(rule, account, entity):
                            truth = Evaluation(account, entity, today, known[account_id]).truth(rule["when"])
                            word = "unknown" if truth is UNKNOWN else str(truth).lower()
                            executions.append((account.workspace, rule["name"], call.level, entity, word))
                            checked[account.workspace, rule["name"], word] += 1
                            if truth is True:
                                self.decide(account, rule, entity, acted, under_way)
        stored = [(r["workspace_id"], r["rule"], r["level"], r["entity_id"], r["truth"].split(":")[0]) for r in
                  self.evidence.rows("SELECT * FROM rule_executions")]
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


def main():
    if len(sys.argv) != 2:
        print("usage: expect.py DIR", file=sys.stderr)
        return 2
    report = Report()
    Judgement(Evidence(pathlib.Path(sys.argv[1])), report).run()
    print(f"{report.failed} checks failed" if report.failed else "all checks passed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
