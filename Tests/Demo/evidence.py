"""What a demo left behind, read: checks, evidence, verdicts over raw bytes, and the changes of deliveries. Part of expect.py."""
import base64
import collections
import functools
import hashlib
import hmac
import json
import re
import sqlite3
import urllib.parse

BODY_MAX = 8 * 1024 * 1024
DEPTH_MAX = 64


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
        self.crm = [crm_request(line) for line in lines(folder / "crm.jsonl")]
        self.states = json.loads((folder / "comment-states.json").read_text())["states"]
        self.pages = json.loads((folder / "emulator-state.json").read_text())
        self.edge = json.loads((folder / "emulator-events.json").read_text())
        self.replays = [replay(folder, place) for place in sorted(folder.glob("replay-*")) if place.is_dir()]
        self.folder = folder
        self.figures = json.loads((folder / "figures.json").read_text())
        self.database = sqlite3.connect(f"file:{folder / 'touchstone.db'}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row

    def rows(self, query):
        return self.database.execute(query).fetchall()

    def value(self, text):
        """A configuration value with its variables filled in."""
        return re.sub(r"\$\{(\w+)\}", lambda found: self.environment[found[1]], text)


def crm_request(line):
    """A request of the destination's journal, with its head taken apart."""
    head, body = base64.b64decode(line["request_base64"]).split(b"\r\n\r\n", 1)
    headers = dict((name.strip().lower(), value.strip()) for name, _, value in (row.partition(":") for row in head.decode().split("\r\n")[1:]))
    return {"status": line["status"], "headers": headers, "body": body, "at_ms": line["at_ms"]}


def replay(folder, place):
    """A run of `touchstone replay`: its requests in the order of their names, each with what the command said of it."""
    signed_anew = place.name.endswith("signed-anew")
    said = [json.loads(line) for line in (folder / f"{place.name}.jsonl").read_text().splitlines() if line.startswith("{")]
    entries = []
    for file in sorted(place.glob("*.http")):
        head, body = file.read_bytes().split(b"\r\n\r\n", 1)
        rows = head.decode().split("\r\n")
        beside = file.with_name(file.name[:-5] + ".expect.json")
        entries.append({
            "name": f"{place.name}/{file.name}", "act": 3, "kind": "replay", "method": rows[0].split(" ")[0], "target": rows[0].split(" ")[1],
            "headers": [[name, value.strip()] for name, _, value in (row.partition(":") for row in rows[1:])],
            "body_base64": base64.b64encode(body).decode(), "signed_anew": signed_anew,
            "expected": json.loads(beside.read_text())["answer"]["status"] if beside.exists() else 200})
    return {"name": place.name, "entries": entries, "answers": [line for line in said if "file" in line],
            "summary": [line for line in said if "sent" in line]}


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
    if SALES.fullmatch(path):
        return Sales(evidence, entry).status
    if entry.get("signed_anew"):
        return 200 if path == app["path"] else 404
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
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


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


@functools.lru_cache(maxsize=None)
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
                if not comment:
                    return state
                if verb not in ("edit", "edited", "update"):
                    return ("comment", comment, verb, stamp("created_time"))
                # Captured edits have no time of their own: then it is the text and the time of sending.
                when = an_integer(self.get("edited_time"))
                return ("comment", comment, verb, when) if when is not None else ("comment", comment, verb, text(self.get("message")) or "", self.time)
            if item in ("reaction", "like"):
                target = an_id(self.get("comment_id")) or an_id(self.get("post_id"))
                person = an_id(self.get("from", "id")) or an_id(self.get("sender_id")) or ""
                kind = plain(text(self.get("reaction_type")) or "")
                return ("reaction", target, person, verb, kind, stamp("created_time")) if target else state
            return state
        if self.object == "instagram" and self.field in ("comments", "live_comments"):
            comment = an_id(self.get("id")) or an_id(self.get("comment_id"))
            return ("comment", comment, "add") if comment else state
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


@functools.lru_cache(maxsize=None)                                               # falsified evidence is judged many times
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


# ---------------------------------------------------------------- conversions of shops

SALES = re.compile(r"(?:/v\d+\.\d+)?/(\d+)/events")
# What Meta's page names as customer information; whatever else stands in user_data names a person in words of its own.
USER_KEYS = {"em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id", "client_ip_address", "client_user_agent", "fbc", "fbp",
             "subscription_id", "fb_login_id", "lead_id", "anon_id", "madid", "page_id", "page_scoped_user_id", "ctwa_clid", "ig_account_id", "ig_sid"}
PERSONAL = {"email", "phone", "first_name", "last_name", "name", "full_name", "address"}


class Sales:
    """A request of a shop's backend: who sent it, whether it is to be taken, and its events."""

    def __init__(self, evidence, entry):
        self.entry, self.evidence = entry, evidence
        path, _, query = entry["target"].partition("?")
        self.dataset = SALES.fullmatch(path)[1]
        self.document = parse(body_of(entry))[0]
        asked = dict(urllib.parse.parse_qsl(query))
        bearer = next((value[7:] for name, value in entry["headers"] if name.lower() == "authorization" and value.startswith("Bearer ")), None)
        self.given = lambda key: self.document.get(key) or asked.get(key)
        sources = evidence.configuration["sources"]
        if entry.get("signed_anew"):
            self.source = next((one for one in sources if self.dataset in one["datasets"]), None)
        else:
            token = self.given("access_token") or bearer
            self.source = next((one for one in sources if evidence.value(one["token"]) == token), None)
        self.token = evidence.value(self.source["token"]) if self.source else None
        data = self.document.get("data")
        self.data = parse(data.encode())[0] if isinstance(data, str) else data
        self.status = self.verdict()

    def verdict(self):
        if self.source is None:
            return 401
        if self.entry.get("signed_anew"):
            return 200
        time = self.given("appsecret_time")
        signed = self.token if time is None else f"{self.token}|{time}"
        proof = hmac.new(self.evidence.value(self.source["secret"]).encode(), signed.encode(), hashlib.sha256).hexdigest()
        now = self.entry["sent_at_ms"] / 1000
        if not hmac.compare_digest(proof, self.given("appsecret_proof") or "") or (time and abs(int(time) - now) > 300):
            return 400
        if self.dataset not in self.source["datasets"] or not 1 <= len(self.data) <= 1000:
            return 400
        return 400 if any(self.is_faulty(event, now) for event in self.data) else 200

    @staticmethod
    def is_faulty(event, now):
        time = an_integer(event.get("event_time"))
        if not text(event.get("event_name")) or time is None or not now - 7 * 86_400 <= time <= now + 60:
            return True
        return not set(event.get("user_data") or {}) <= USER_KEYS or bool(set(event.get("custom_data") or {}) & PERSONAL)

    @property
    def events(self):
        return [Sale(self, value) for value in self.data]


class Sale:
    """One conversion, with what makes it the same as another: its dataset, name and the shop's own id."""
    object, account, shape, moved, entities = "conversion", None, "sale", False, ()

    def __init__(self, request, value):
        self.value, self.source, self.object_id, self.entry = value, request.source, request.dataset, request.entry
        self.name, self.id = value["event_name"], value["event_id"]
        self.field = self.name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,49}", self.name) else "custom"
        self.kind, self.key = f"conversion.{self.field}", ("conv", self.object_id, self.name, self.id)

    def get(self, *keys):
        return member(self.value, *keys)

    @property
    def consents(self):
        path = self.source["consent"]["from"].split(".")
        word = self.get(*path)
        return word is True or (isinstance(word, str) and word.strip().lower() in ("true", "1", "yes", "granted"))


def changes_of(evidence, entry):
    """What a delivery tells, in the order of its bytes."""
    return Sales(evidence, entry).events if SALES.fullmatch(entry["target"].partition("?")[0]) else decode(body_of(entry))
