"""Advertisers as the scenario has them, the calls about their ads, and rules evaluated with fractions. Part of expect.py."""
import collections
import datetime
import json
import re
import zoneinfo
from fractions import Fraction as F

from evidence import bare

# Meta's table: minor units per major unit are 1 for these, 100 for all others; ISO exponents play no part.
OFFSET_ONE = {"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"}
PURCHASE = ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"]
UNKNOWN = object()


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
        self.meta_rules = [rule for rule in self.rules if not is_own(rule)]
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


def is_own(rule):
    """Whether a rule goes by our own figures, which are judged in uses.py."""
    return any(part["metric"].startswith("own.") for part in rule["when"].get("all", []) if "metric" in part)


def is_story(line):
    return "creative{" in (line.get("query") or {}).get("fields", "")


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
