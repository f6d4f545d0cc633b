"""Where the canaries' gateway keeps what it stores, as bytes to look through: SQLite's files, or all that PostgreSQL has and says.

Of PostgreSQL: each table as rows (text and binary), the sessions' last statements, each file of the cluster (heap, indexes, WAL), and the server's log
with every statement and every value that was handed over. The control, `Careless`, writes all that goes in to the same places.
"""

import base64
import glob
import hashlib
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from postgres import PostgresRig  # noqa: E402
from rig import Rig  # noqa: E402

PAGE_BYTES = 8_192
SERVER_LOG = "postgres server log"


class SQLiteRig(Rig):
    """Reads the database's files, and writes beside the gateway."""

    def stored(self, moment):
        for path in glob.glob(self.path("touchstone.db*")):
            with open(path, "rb") as file:
                yield f"{os.path.basename(path)} {moment}", file.read()

    def start_database(self):
        """There is no server."""

    def crash_database(self):
        return []

    def stopped_database(self):
        return []

    def write_down(self, texts):
        with sqlite3.connect(self.path("touchstone.db"), timeout=30) as database:
            database.execute("CREATE TABLE IF NOT EXISTS careless (said TEXT, bytes BLOB)")
            database.executemany("INSERT INTO careless VALUES (?, ?)", texts)
        database.close()


class DumpedPostgresRig(PostgresRig):
    """A cluster that logs every statement with its values, and is looked through as a whole."""

    def start_database(self):
        version = super().start_database()
        for setting in ("log_statement = 'all'", "log_parameter_max_length = -1", "log_parameter_max_length_on_error = -1",
                        "log_error_verbosity = 'verbose'", "log_min_messages = 'debug1'", "wal_level = 'logical'"):
            self.psql.ask(f"ALTER SYSTEM SET {setting}")
        self.cluster("stop")
        self.cluster("start", "--durable")
        self.psql.close()
        self.seen = {}
        return version

    def copy(self, query):
        for form in ("text", "binary"):
            done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-c", f"COPY ({query}) TO STDOUT (FORMAT {form})"],
                                  check=True, stdout=subprocess.PIPE, timeout=120)
            yield form, done.stdout

    def stored(self, moment):
        self.psql.ask("CHECKPOINT")
        tables = self.psql.ask("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
        for query, name in [(f"SELECT * FROM {table}", table) for table, in tables] + [("SELECT * FROM pg_stat_activity", "pg_stat_activity")]:
            for form, data in self.copy(query):
                yield f"table {name} as {form} {moment}", data
        yield from self.files(moment)

    def crash_database(self):
        """As the power would end it; what lies in its folder then, before it recovers."""
        self.cluster("kill")
        found = list(self.files("after SIGKILL of PostgreSQL"))
        self.cluster("start", "--durable")
        self.psql.close()
        return found

    def stopped_database(self):
        self.cluster("stop")
        return list(self.files("of the stopped PostgreSQL"))

    def files(self, moment):
        root = self.path("postgres/data") + "/"
        for path in sorted(glob.glob(root + "**", recursive=True)):
            name = path.removeprefix(os.path.realpath(root) + "/").removeprefix(root)
            if not os.path.isfile(path) or name in ("password.txt", "server.key"):
                continue
            try:
                with open(path, "rb") as file:
                    data = self.new_in(name, file.read())
            except FileNotFoundError:           # the server removes files as it goes
                continue
            if data:
                yield f"{SERVER_LOG if name == 'server.log' else 'postgres file ' + name} {moment}", data

    def new_in(self, name, data):
        """The pages that were not there at the last look, each with its neighbours: what is cut by a page's end stays whole."""
        pages = [data[start:start + PAGE_BYTES] for start in range(0, len(data), PAGE_BYTES)]
        sums = [hashlib.blake2b(page, digest_size=16).digest() for page in pages]
        known = self.seen.get(name, [])
        self.seen[name] = sums
        fresh = {place for place, one in enumerate(sums) if place >= len(known) or known[place] != one}
        return b"".join(page for place, page in enumerate(pages) if not fresh.isdisjoint((place - 1, place, place + 1)))

    def write_down(self, texts):
        statements = ["CREATE TABLE IF NOT EXISTS careless (said TEXT, bytes BYTEA)"]
        statements += ["INSERT INTO careless VALUES ({}, {})".format(
            "NULL" if said is None else "convert_from('\\x" + said.encode().hex() + "', 'UTF8')",
            "NULL" if raw is None else f"'\\x{raw.hex()}'") for said, raw in texts]
        for statement in statements:
            self.psql.ask(statement)


class Careless:
    """The control: a hand that writes down whatever goes to the gateway, to a command or to Meta's answers, each in another encoding."""

    def __init__(self, rig):
        self.rig, self.went, self.lock = rig, [], threading.Lock()
        careless, send, popen, write = self, http.client.HTTPConnection.send, subprocess.Popen.__init__, rig.write

        def tapped_send(connection, data):
            careless.add(data if isinstance(data, bytes) else b"")
            return send(connection, data)

        def tapped_popen(process, arguments, *more, **options):
            if os.path.dirname(str(arguments[0])) == rig.program:
                careless.add("\n".join(arguments).encode())
                careless.add("\n".join(f"{name}={value}" for name, value in (options.get("env") or {}).items()).encode())
            return popen(process, arguments, *more, **options)

        def tapped_write(name, document):
            careless.add(json.dumps(document, ensure_ascii=False).encode())
            return write(name, document)

        rig.write = tapped_write
        http.client.HTTPConnection.send = tapped_send
        subprocess.Popen.__init__ = tapped_popen

    def add(self, data):
        with self.lock:
            self.went.append(data.replace(b" " * 64, b""))

    def write_down(self):
        """What went since the last time."""
        with self.lock:
            went, self.went = self.went, []
        encodings = (lambda data: data.replace(b"\0", b"").decode("utf-8", "replace"), bytes.hex, lambda data: base64.b64encode(data).decode())
        written = []
        for place, data in enumerate(dict.fromkeys(piece for whole in went for piece in pieces(whole))):
            written += [(encodings[place % len(encodings)](data), data), (None, data.decode("utf-8", "replace").encode("utf-16-le"))]
        self.rig.write_down(written)


def pieces(data):
    """Small enough that no page's end cuts one; they overlap, so that no piece's end cuts what is looked for."""
    return [data[start:start + 600] for start in range(0, len(data), 450)]
