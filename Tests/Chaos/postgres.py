"""The rig on PostgreSQL: a cluster of its own that keeps what it says, one psql to look into it, and its tables as a file for check.py."""

import collections
import csv
import io
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import REPOSITORY, Rig  # noqa: E402

CLUSTER = os.path.join(REPOSITORY, "Tests/postgres.sh")


class Unreachable(Exception):
    pass


class Psql:
    """One psql that stays; asked again after the server has gone, it connects anew."""

    def __init__(self, url):
        self.url, self.process, self.lock = url, None, threading.Lock()

    def ask(self, statement):
        """The rows, whole numbers as such."""
        with self.lock:
            if self.process is None:
                self.process = subprocess.Popen(
                    ["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-R", "\x1e", "-P", "null=\x1d", "-v", "ON_ERROR_STOP=1", self.url],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                self.process.stdin.write(f"{statement};\n\\echo '\x1e=end='\n")
                self.process.stdin.flush()
                lines = []
                while not (lines and lines[-1].endswith("\x1e=end=\n")):
                    line = self.process.stdout.readline()
                    if not line:
                        raise BrokenPipeError
                    lines.append(line)
            except OSError:
                self.close()
                raise Unreachable from None
        records = [record.strip("\n") for record in "".join(lines).split("\x1e")[:-1]]
        return [[self.value(text) for text in record.split("\x1f")] for record in records if record]

    @staticmethod
    def value(text):
        return None if text == "\x1d" else int(text) if re.fullmatch(r"-?\d{1,18}", text) else text

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class Look:
    """The one method of a connection to SQLite that the other scripts use, and rows that know their number."""

    def __init__(self, psql):
        self.psql = psql

    def execute(self, statement, binds=()):
        parts = statement.split("?")
        text = parts[0] + "".join(str(bind) + part for bind, part in zip(binds, parts[1:], strict=True))
        self.rows = self.psql.ask(text)
        return self

    def fetchall(self):
        return self.rows

    def close(self):
        pass


def export(url, path):
    """The tables as a file of SQLite, for check.py. Of bytes only whether they are there."""
    def copy(query):
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", f"COPY ({query}) TO STDOUT (FORMAT csv, NULL '\x1d')"],
                              check=True, stdout=subprocess.PIPE, text=True, timeout=300)
        return list(csv.reader(io.StringIO(done.stdout)))

    columns = collections.defaultdict(list)
    for table, column, kind in copy(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c JOIN pg_class r ON r.relname = c.table_name "
            "WHERE c.table_schema = 'public' AND r.relkind IN ('r', 'p') AND NOT r.relispartition ORDER BY 1, c.ordinal_position"):
        columns[table].append((column, kind))
    with sqlite3.connect(path) as database:
        for table, found in columns.items():
            database.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind_of(kind)}' for name, kind in found)})")
            asked = ", ".join(f"CASE WHEN {name} IS NOT NULL THEN 'bytes' END" if kind == "bytea" else name for name, kind in found)
            database.executemany(
                f"INSERT INTO {table} VALUES ({', '.join('?' * len(found))})",
                ([None if text == "\x1d" else text for text in row] for row in copy(f"SELECT {asked} FROM {table}")))
    database.close()


def kind_of(kind):
    return "INTEGER" if kind in ("bigint", "integer") else "TEXT"


class PostgresRig(Rig):
    """The rig with a cluster of PostgreSQL in its folder, which is dropped in the end; what the server said is kept in postgres.log."""

    counts_statements = False
    psql = None

    def start_database(self):
        started = self.cluster("start", "--durable", "--while", str(os.getpid()))
        self.url = started.strip()
        self.psql = Psql(self.url)
        if self.counts_statements:
            self.psql.ask("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            self.cluster("stop")
            self.cluster("start", "--durable")
            self.psql.close()
            self.psql.ask("CREATE EXTENSION pg_stat_statements")
        return self.psql.ask("SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')")[0]

    def cluster(self, command, *arguments):
        done = subprocess.run([CLUSTER, command, self.path("postgres"), *arguments], stdout=subprocess.PIPE, text=True, timeout=120)
        if done.returncode:
            raise SystemExit(f"Tests/postgres.sh {command} ended with {done.returncode}")
        return done.stdout

    @property
    def storage_url(self):
        return self.url

    def database(self):
        return Look(self.psql)

    def keep_database(self):
        """Leaves it as touchstone.db in the folder."""
        export(self.url, self.path("touchstone.db"))

    def stop_all(self):
        super().stop_all()
        if self.psql:
            self.psql.close()
        if os.path.exists(self.path("postgres/data/server.log")):
            shutil.copy(self.path("postgres/data/server.log"), self.path("postgres.log"))
        self.cluster("drop")
