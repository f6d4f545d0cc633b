"""What chaos.py sends, and how: notifications of ads, leads and comments, and requests of shops, at a steady rate over kept-alive connections."""

import base64
import collections
import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import threading
import time
import urllib.parse

from rig import signature, wall_us
from world import ASKING_WORD, DATASETS, HIDDEN_WORD, INSTAGRAM, PAGE

SENDERS = 24
TOLD = 400


class Notices:
    """Changes that happened at Meta. The same one may be told several times, in whatever bytes and company."""

    def __init__(self, draw):
        self.draw = draw
        self.told = collections.deque(maxlen=TOLD)

    def remember(self, change):
        self.told.append(change)
        return change

    def some(self, count):
        """Told before, of one object, in the order of telling."""
        told = list(self.told)                  # other threads add to it
        ref = self.draw.choice(told)
        same = [change for change in told if change["object"] == ref["object"]]
        return [same[place] for place in sorted(self.draw.sample(range(len(same)), min(count, len(same))))]

    def body(self, changes):
        """The changes as one notification, in one of the ways in which the same JSON can be written."""
        draw = self.draw
        entries = []
        for change in changes:
            inner = self.shuffled({"field": change["field"], "value": self.shuffled(change["value"])})
            entries.append(self.shuffled({"id": change["entry"], "time": change["time"], "changes": [inner]}))
        document = self.shuffled({"object": changes[0]["object"], "entry": entries})
        style = draw.randrange(4)
        if style == 0:
            text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")
        elif style == 1:
            text = json.dumps(document, ensure_ascii=False, indent=draw.choice([None, 1, 2]))
        elif style == 2:
            text = json.dumps(document, ensure_ascii=True, separators=(" ,\t", "\r\n: "))
        else:
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n" * draw.randrange(3)
        return text.encode()

    def shuffled(self, document):
        items = list(document.items())
        self.draw.shuffle(items)
        return dict(items)


class AdNotices(Notices):
    def __init__(self, draw, entities, started):
        super().__init__(draw)
        self.fresh = [dict(entity) for entity in entities]
        draw.shuffle(self.fresh)
        self.known = []
        self.time = int(started) - 200_000
        self.count = 0

    def make(self, want_fresh):
        if want_fresh and self.fresh:
            entity = self.fresh.pop()
            self.known.append(entity)
        else:
            entity = self.draw.choice(self.known)
        self.time += 1
        self.count += 1
        is_issue = self.draw.random() < 0.7
        value = {"id": entity["id"], "level": "CAMPAIGN" if entity["level"] == "campaign" else "AD_SET"}
        if is_issue:
            value |= {"error_code": str(self.draw.randrange(100, 999)), "error_summary": f"Bud\u017cet / \u201eA\u201c {self.count}",
                      "error_message": self.draw.choice(["a/b\tc", "\U0001f525 hot", "plain", "\"quoted\" \\ slash"])}
        else:
            value |= {"status_name": self.draw.choice(["In Process", "Active"]), "note": self.count}
        return self.remember({"object": "ad_account", "entry": entity["account"], "time": self.time, "value": value,
                              "field": "with_issues_ad_objects" if is_issue else "in_process_ad_objects"})


class LeadNotices(Notices):
    def __init__(self, draw, leads, started):
        super().__init__(draw)
        self.fresh = list(reversed(leads))
        self.time = int(started)

    def make(self):
        lead = self.fresh.pop()
        value = {"leadgen_id": lead["id"], "page_id": PAGE, "form_id": lead["form"], "created_time": self.time}
        if lead["ad"]:
            value |= {"ad_id": lead["ad"], "adgroup_id": lead["ad"]}
        return self.remember({"object": "page", "entry": PAGE, "time": self.time, "field": "leadgen", "value": value})


class CommentNotices(Notices):
    """Each comment is a row of states, told in their order: the next one when the one before is acknowledged or given up."""

    def __init__(self, draw, comments, started):
        super().__init__(draw)
        self.fresh = list(reversed(comments))
        self.time = int(started) - 3_000
        self.count = 0

    def make(self):
        """All states of a new comment."""
        draw, comment = self.draw, self.fresh.pop()
        self.time += 0 if draw.random() < 0.9 else 1
        words = {"plain": "Nice \u2764 shoes", "spam": f"{HIDDEN_WORD.upper()} here", "asking": f"{ASKING_WORD} is it?", "turns": "First!"}
        text = words[comment["mood"]]
        if comment["instagram"]:
            value = {"id": comment["id"], "text": text, "from": {"id": comment["author"], "username": "somebody"},
                     "media": {"id": comment["target"], "media_product_type": "AD"}}
            return [{"object": "instagram", "entry": INSTAGRAM, "time": self.time, "field": "comments", "value": value}]
        base = {"item": "comment", "comment_id": comment["id"], "post_id": comment["target"], "parent_id": comment["target"],
                "from": {"id": comment["author"], "name": "Z\u00f3\u00eb"}, "created_time": self.time}
        states = [base | {"verb": "add", "message": text}]
        verbs = ["edited"] if comment["mood"] == "turns" else []
        verbs += draw.choices(["edited", "hide", "unhide"], k=draw.choice([0, 0, 1, 2, 3]))
        verbs += ["remove"] if draw.random() < 0.15 else []
        for place, verb in enumerate(verbs):
            self.count += 1
            spam = comment["mood"] == "turns" and place == 0
            message = f"{HIDDEN_WORD} now" if spam else f"{text} ({self.count})"
            states.append(base | {"verb": verb, "message": message} | ({"edited_time": self.time + place + 1} if verb == "edited" else {}))
        return [{"object": "page", "entry": PAGE, "time": self.time + place, "field": "feed", "value": value}
                for place, value in enumerate(states)]


class Shops:
    """Requests with conversions, as shops' backends send them; some events are told again in other requests, some have no id."""

    def __init__(self, draw, ads, secrets, started):
        self.draw, self.ads, self.secrets = draw, ads, secrets
        self.told = collections.deque(maxlen=TOLD)
        self.time = int(started) - 40_000
        self.count = 0

    def event(self):
        draw = self.draw
        self.count += 1
        self.time += 1 if draw.random() < 0.1 else 0
        name = draw.choice(["Purchase", "Purchase", "AddToCart", "ViewContent"])
        event = {"event_name": name, "event_time": self.time, "action_source": "website",
                 "event_source_url": f"https://shop.example/thanks/{self.count}",
                 "user_data": {"client_user_agent": "Mozilla/5.0", "client_ip_address": "203.0.113.9"},
                 "custom_data": {"value": round(draw.uniform(1, 500), 2), "currency": "EUR", "order_id": f"o{self.count}"}}
        email = f"Buyer{self.count}@Example.com"
        event["user_data"]["em"] = hashlib.sha256(email.lower().encode()).hexdigest() if draw.random() < 0.2 else [f" {email}"]
        if draw.random() < 0.93:
            event["custom_data"]["consent"] = draw.choice([True, "yes", "1"])
        if draw.random() < 0.85:
            event["event_id"] = f"order-{self.count}"
        if draw.random() < 0.5:
            event["event_source_url"] += f"?utm_source=fb&ad_id={draw.choice(self.ads)['id']}"
        return event

    def request(self):
        """(source, dataset, events)."""
        draw = self.draw
        if self.told and draw.random() < 0.2:          # a request of before, taken apart and told again, with ids only
            source, dataset, events = draw.choice(self.told)
            events = [event for event in events if "event_id" in event]
            if events:
                return source, dataset, draw.sample(events, draw.randrange(1, len(events) + 1))
        source = draw.choice(list(DATASETS))
        dataset = draw.choice(DATASETS[source])
        self.told.append((source, dataset, [self.event() for _ in range(draw.choice([1, 1, 2, 3, 5, 8]))]))
        return self.told[-1]

    def signed(self, source, dataset, events, place):
        """Path and bytes of a request, with token and proof in the query or in the body."""
        token, secret = self.secrets[f"CHAOS_{source.upper()}_TOKEN"], self.secrets[f"CHAOS_{source.upper()}_SECRET"]
        access, proven = {"access_token": token}, token
        if source == "till":
            access["appsecret_time"] = str(int(time.time()))
            proven += "|" + access["appsecret_time"]
        access["appsecret_proof"] = hmac.new(secret.encode(), proven.encode(), hashlib.sha256).hexdigest()
        path = f"/v26.0/{dataset}/events" if place % 2 else f"/{dataset}/events"
        if place % 4 < 2:
            return f"{path}?{urllib.parse.urlencode(access)}", json.dumps({"data": events}).encode()
        return path, json.dumps({"data": events, **access}).encode()


class Item:
    """One delivery and its way: notification (body) or conversions (shop)."""

    __slots__ = ("kind", "body", "shop", "number", "attempt", "after")

    def __init__(self, kind, body=None, shop=None, after=None):
        self.kind, self.body, self.shop, self.after, self.attempt = kind, body, shop, after, 1


class Load:
    """Sends at a steady rate; what got no 200 is sent again later, as Meta would, or rarely given up."""

    attempts_max, gives_up = 50, 0.25

    def __init__(self, rig, journal, draw, rate, ads, leads=None, comments=None, shops=None, fresh=None):
        self.rig, self.journal, self.draw, self.rate = rig, journal, draw, rate
        self.ads, self.leads, self.comments, self.shops = ads, leads, comments, shops
        self.fresh = fresh or {"ads": 14}
        self.queue, self.order = [], itertools.count()
        self.lock = threading.Condition()
        self.ended = threading.Event()
        self.making = True
        self.up = threading.Event()
        self.under_way = self.acknowledged = self.deliveries = self.given_up = self.answered = self.attempts = 0
        self.unanswered = []                    # when each attempt that got no answer had been sent
        self.refused = collections.Counter()
        self.by_kind = collections.Counter()
        self.on_answer = None                   # set by the aim; called on the sender's thread
        self.threads = [threading.Thread(target=self.feed, daemon=True)]
        self.threads += [threading.Thread(target=self.send, daemon=True) for _ in range(SENDERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def put(self, item, due):
        with self.lock:
            self.deliveries += 1
            item.number = self.deliveries
            self.by_kind[item.kind] += 1
            heapq.heappush(self.queue, (due, next(self.order), item))
            self.lock.notify()

    # what is sent next

    def feed(self):
        kinds = {"ads": 3.0} | ({"leads": 1.5} if self.leads else {}) | ({"comments": 2.7} if self.comments else {}) \
            | ({"conversions": 2.8} if self.shops else {})
        next_at = time.monotonic()
        fresh_at = dict.fromkeys(kinds, next_at)
        while not self.ended.is_set() and self.making:
            now = time.monotonic()
            if not self.up.is_set() or len(self.queue) > 4 * self.rate:
                self.up.wait(0.05)
                time.sleep(0.002)
                next_at = time.monotonic()
                fresh_at = dict.fromkeys(kinds, next_at)
                continue
            if now < next_at:
                time.sleep(min(0.005, next_at - now))
                continue
            before = self.deliveries
            kind = self.draw.choices(list(kinds), list(kinds.values()))[0]
            wants_fresh = now >= fresh_at[kind]
            if wants_fresh and kind in self.fresh:
                fresh_at[kind] = max(fresh_at[kind] + 1 / self.fresh[kind], now - 1)
            getattr(self, "feed_" + kind)(now, wants_fresh)
            # what these are followed by counts too, so that the rate is that of all that is sent
            next_at = max(next_at + (self.deliveries - before) / self.rate, now - 0.5)

    def tell(self, kind, notices, changes, now, after=None):
        """One notification, and perhaps the same again a little later: in other bytes, or in the same."""
        body = notices.body(changes)
        self.put(Item(kind, body, after=after), now)
        again = self.draw.random()
        if again < 0.25:
            self.put(Item(kind, notices.body(changes)), now + self.draw.random() * 2)
        elif again < 0.35:
            self.put(Item(kind, body), now + self.draw.random() * 2)

    def feed_ads(self, now, wants_fresh):
        kind = self.draw.random()
        if wants_fresh or kind < 0.5 or len(self.ads.told) < 50:
            self.tell("ads", self.ads, [self.ads.make(wants_fresh or not self.ads.known)], now)
        elif kind < 0.85:
            self.put(Item("ads", self.ads.body(self.ads.some(self.draw.randrange(2, 9)))), now)
        else:
            self.put(Item("ads", self.ads.body([self.ads.make(False) for _ in range(self.draw.randrange(2, 6))])), now)

    def feed_leads(self, now, wants_fresh):
        if wants_fresh and self.leads.fresh:
            count = min(self.draw.choice([1, 1, 1, 2, 3]), len(self.leads.fresh))
            self.tell("leads", self.leads, [self.leads.make() for _ in range(count)], now)
        elif self.leads.told:
            self.put(Item("leads", self.leads.body(self.leads.some(self.draw.randrange(1, 9)))), now)

    def feed_comments(self, now, wants_fresh):
        if wants_fresh and self.comments.fresh:
            self.next_state(self.comments.make(), now)
        elif self.comments.told:
            # only what was acknowledged before is told again, so that no repeat is the first to tell
            self.put(Item("comments", self.comments.body(self.comments.some(self.draw.randrange(1, 7)))), now)

    def next_state(self, states, now):
        state, rest = states[0], states[1:]

        def after(status):
            if status == 200:
                self.comments.remember(state)
            if rest:
                self.next_state(rest, time.monotonic() + self.draw.random() * 0.4)

        self.put(Item("comments", self.comments.body([state]), after=after), now)

    def feed_conversions(self, now, wants_fresh):
        self.put(Item("conversions", shop=self.shops.request()), now)

    # sending

    def take(self):
        with self.lock:
            if self.queue and self.up.is_set() and self.queue[0][0] <= time.monotonic():
                self.under_way += 1
                self.attempts += 1
                return heapq.heappop(self.queue)[2]
            self.lock.wait(0.01)
            return None

    def send(self):
        connection = None
        while not self.ended.is_set():
            item = self.take()
            if item is None:
                continue
            path, headers, body = self.request(item)
            self.journal.add(k="send", d=item.number, attempt=item.attempt, wall_us=wall_us(), kind=item.kind,
                             path=path.partition("?")[0], body=base64.b64encode(body).decode())
            status, sent_us = None, wall_us()
            try:
                connection = connection or self.rig.connection()
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                status, text = answer.status, answer.read()
                answered = self.on_answer
                if status == 200 and answered:
                    answered()
                if status not in (200, 503):
                    self.journal.add(k="refused", d=item.number, status=status, text=text[:600].decode(errors="replace"))
            except (OSError, http.client.HTTPException) as error:
                self.journal.add(k="answer", d=item.number, attempt=item.attempt, wall_us=wall_us(), status=None, sent_us=sent_us,
                                 error=type(error).__name__)
                if connection:
                    connection.close()
                connection = None
            else:
                self.journal.add(k="answer", d=item.number, attempt=item.attempt, wall_us=wall_us(), status=status)
            self.settle(item, status, sent_us)
        if connection:
            connection.close()

    def request(self, item):
        if item.kind == "conversions":
            path, body = self.shops.signed(*item.shop, item.number)
            return path, {"Content-Type": "application/json", "User-Agent": "shop/1.0"}, body
        return "/webhooks/meta", {"Content-Type": "application/json", "User-Agent": "Webhooks/1.0 (https://fb.me/webhooks)",
                                  "X-Hub-Signature-256": signature(self.rig.secrets["CHAOS_APP_SECRET"], item.body)}, item.body

    def settle(self, item, status, sent_us):
        with self.lock:
            self.under_way -= 1
            self.answered += status is not None
            if status is None:
                self.unanswered.append(sent_us)
            if status == 200:
                self.acknowledged += 1
                is_over = True
            else:
                if status:
                    self.refused[status] += 1
                is_over = item.attempt >= self.attempts_max or (item.attempt == 1 and self.draw.random() < self.gives_up)
                if is_over:
                    self.given_up += 1
                else:
                    item.attempt += 1
                    heapq.heappush(self.queue, (time.monotonic() + self.draw.random(), next(self.order), item))
        if is_over and status != 200:
            self.journal.add(k="given_up", d=item.number)
        if is_over and item.after:
            item.after(status)

    def finish(self, bound):
        """Makes nothing new, and waits until all is sent; how many were not."""
        self.making = False
        end = time.monotonic() + bound
        while time.monotonic() < end:
            with self.lock:
                left = len(self.queue) + self.under_way
            if not left:
                break
            time.sleep(0.05)
        self.ended.set()
        for thread in self.threads:
            thread.join(5)
        return left
