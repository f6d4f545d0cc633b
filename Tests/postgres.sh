#!/usr/bin/env bash
# A throw-away PostgreSQL cluster for tests, made from the Debian packages; several may live side by side.
#
#   Tests/postgres.sh start DIR [--durable] [--tls CERTS] [--while PID]
#       Makes the cluster in DIR, or starts again the one that is there, and prints its address: postgres://…
#       Does nothing but print when it runs already.
#       --durable     a commit is on the disk before it is answered (fsync on, full page writes on); default: in memory only
#       --tls CERTS   serves TLS with CERTS/server.pem and CERTS/server.key as certs/make-dev-certs.sh makes them
#       --while PID   drops the cluster when the process PID has ended, however it ended
#   Tests/postgres.sh url DIR [DATABASE]   prints the address; makes the database when it is not there (the cluster must run)
#   Tests/postgres.sh stop DIR [--immediate]   ends the server and keeps the data; --immediate: as after a crash
#   Tests/postgres.sh kill DIR             SIGKILL to the server and all its processes at once; `start` recovers it
#   Tests/postgres.sh pause DIR, resume DIR   SIGSTOP and SIGCONT to all of them
#   Tests/postgres.sh drop DIR             ends the server and removes DIR
#
# Called by root, the server runs as `postgres`, or as `nobody` where there is no such user; else as the caller. It listens on a free port
# of 127.0.0.1 and on a socket; both ask for the password (SCRAM), which is in the address. Log: DIR/data/server.log.
set -euo pipefail

fail() {
    echo "Tests/postgres.sh: $*" >&2
    exit 1
}

newest_programs() {
    local found
    found=$(find /usr/lib/postgresql -maxdepth 2 -name bin -type d 2>/dev/null | sort -V | tail -n 1)
    [[ -n $found && -x $found/initdb ]] || fail "PostgreSQL is not installed: apt-get install postgresql (or run \`make setup\`)"
    echo "$found"
}

# The server refuses to run as root.
as_owner() {
    if [[ $(id -u) -eq 0 ]]; then
        (cd / && runuser -u "$owner" -- "$@")
    else
        (cd / && "$@")
    fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

address() {
    echo "postgres://touchstone:$(cat "$data/password.txt")@127.0.0.1:$(cat "$data/port.txt")/${1:-touchstone}"
}

# A process that has ended counts as ended, even where nobody collects it (pg_ctl thinks otherwise).
lives() {
    local state
    state=$(sed -E 's/^[0-9]+ \((.*)\) (.).*/\1 \2/' "/proc/$1/stat" 2>/dev/null) && [[ $state && $state != *" Z" ]]
}

# The server's own process and those it has started.
processes() {
    local server
    server=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
    lives "$server" && [[ $(cat "/proc/$server/comm" 2>/dev/null) == postgres ]] || return 0
    echo "$server"
    pgrep -P "$server" || true
}

runs() {
    [[ $(processes) ]]
}

signal_all() {
    local list
    list=$(processes)
    [[ -z $list ]] || kill "-$1" $list 2>/dev/null || true
}

# Where the server's user cannot enter DIR (a folder under /root), or the socket's path would be too long, the data lies in /tmp.
make_place() {
    mkdir -p "$folder"
    data=$folder/data
    if [[ $(id -u) -eq 0 ]]; then
        if as_owner test -x "$folder" && (( ${#data} < 80 )); then
            mkdir -p "$data"
        else
            ln -sfn "$(mktemp -d /tmp/touchstone-postgres-XXXXXX)" "$data"
        fi
        chown "$owner" "$data/"
    elif (( ${#data} < 80 )); then
        mkdir -p "$data"
    else
        ln -sfn "$(mktemp -d /tmp/touchstone-postgres-XXXXXX)" "$data"
    fi
    data=$(readlink -f "$data")
    chmod 700 "$data"
}

# Names sort as people in a country sort them, as in most installations: what forgets COLLATE "C" shows here.
make_cluster() {
    local locale=(--locale=C.UTF-8) version
    version=$("$programs/initdb" --version | sed -E 's/.* ([0-9]+).*/\1/')
    (( version < 15 )) || locale+=(--locale-provider=icu --icu-locale=en-US)
    local password
    password=$(mktemp "${TMPDIR:-/tmp}/touchstone-password-XXXXXX")
    python3 -c 'import secrets; print(secrets.token_hex(24))' > "$password"
    chown "$owner" "$password" 2>/dev/null || true
    as_owner "$programs/initdb" -D "$data" --username=touchstone --pwfile="$password" --auth=scram-sha-256 --encoding=UTF8 "${locale[@]}" \
        --no-sync >/dev/null || { rm -f "$password"; fail "initdb failed"; }
    install -m 600 -o "$owner" "$password" "$data/password.txt" 2>/dev/null || install -m 600 "$password" "$data/password.txt"
    rm -f "$password"
    cat >> "$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$data'
max_connections = 200
dynamic_shared_memory_type = mmap
log_line_prefix = '%m [%p] %a '
log_lock_waits = on
include 'now.conf'
CONF
}

# What may differ from one start to the next.
settle() {
    {
        echo "port = $(cat "$data/port.txt")"
        if [[ $durable ]]; then
            echo "fsync = on"
        else
            echo "fsync = off"
            echo "full_page_writes = off"
        fi
        if [[ -e $data/server.key ]]; then
            echo "ssl = on"
            echo "ssl_cert_file = 'server.pem'"
            echo "ssl_key_file = 'server.key'"
        fi
    } > "$data/now.conf"
    chown "$owner" "$data/now.conf" 2>/dev/null || true
}

drop_with() {
    local watched=$1 self
    self=$(readlink -f "${BASH_SOURCE[0]}")
    setsid bash -c 'while kill -0 "$1" 2>/dev/null; do sleep 1; [[ -e $3 ]] || exit 0; done; exec "$2" drop "$3"' \
        postgres.sh "$watched" "$self" "$folder" </dev/null >/dev/null 2>&1 &
    disown
}

start() {
    local durable="" certificates="" watched="" try
    while (( $# )); do
        case $1 in
            --durable) durable=yes ;;
            --tls) shift; certificates=${1:?} ;;
            --while) shift; watched=${1:?} ;;
            *) fail "start does not know $1" ;;
        esac
        shift
    done
    [[ -e $folder/data/PG_VERSION ]] || { make_place; make_cluster; }
    if ! runs; then
        if [[ $certificates ]]; then
            install -m 600 "$certificates/server.key" "$certificates/server.pem" "$data"
            chown "$owner" "$data/server.key" "$data/server.pem" 2>/dev/null || true
        fi
        rm -f "$data/postmaster.pid" "$data"/.s.PGSQL.*          # of a killed server
        for try in 1 2 3 4 5; do
            # the port is kept over a restart; somebody else may have taken it meanwhile, but only before the first start
            [[ -s $data/port.txt ]] || free_port > "$data/port.txt"
            settle
            as_owner "$programs/pg_ctl" start -w -t 60 -D "$data" -l "$data/server.log" >/dev/null 2>&1 && break
            [[ -e $data/started ]] || rm -f "$data/port.txt"
            (( try < 5 )) || { tail -n 5 "$data/server.log" >&2; fail "the server does not start; see $data/server.log"; }
            sleep 1
        done
        touch "$data/started"
    fi
    make_database touchstone
    [[ -z $watched ]] || drop_with "$watched"
    address
}

query() {
    PGPASSWORD=$(cat "$data/password.txt") "$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(cat "$data/port.txt")" \
        -U touchstone -d postgres "$@"
}

make_database() {
    [[ $1 =~ ^[a-z_][a-z0-9_]*$ ]] || fail "a database is named by a-z, 0-9 and _: $1"
    [[ $(query -c "SELECT 1 FROM pg_database WHERE datname = '$1'") == 1 ]] || query -c "CREATE DATABASE \"$1\""
}

stop() {
    [[ -e $data/PG_VERSION ]] || return 0
    signal_all CONT
    runs || return 0
    local mode=fast
    [[ ${1:-} != --immediate ]] || mode=immediate
    as_owner "$programs/pg_ctl" stop -w -t 60 -m "$mode" -D "$data" >/dev/null || fail "the server does not stop; see $data/server.log"
}

# The server first stands still, so that it starts nothing while its processes are counted.
kill_all() {
    local list server end=$(( SECONDS + 20 ))
    server=$(processes | head -n 1)
    [[ -n $server ]] || return 0
    kill -STOP "$server"
    list=$(processes)
    kill -KILL $list 2>/dev/null || true
    for process in $list; do
        while lives "$process"; do
            (( SECONDS < end )) || fail "process $process does not end"
            sleep 0.02
        done
    done
}

drop() {
    kill_all
    # the segment that a killed server leaves behind
    local segment
    segment=$(sed -n 7p "$data/postmaster.pid" 2>/dev/null | awk '{ print $2 }' || true)
    [[ -z $segment ]] || ipcrm -m "$segment" 2>/dev/null || true
    [[ ! -d $data ]] || rm -rf "$data"
    rm -rf "$folder"
}

(( $# >= 2 )) || { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 2; }
command=$1
folder=$(readlink -m "$2")
shift 2
programs=$(newest_programs)
owner=$(id -un)
if [[ $(id -u) -eq 0 ]]; then
    owner=postgres
    id -u postgres >/dev/null 2>&1 || owner=nobody
fi
data=$(readlink -m "$folder/data")
case $command in
    start) start "$@" ;;
    url) [[ -z ${1:-} ]] || make_database "$1"; address "${1:-touchstone}" ;;
    stop) stop "$@" ;;
    kill) kill_all ;;
    pause) signal_all STOP ;;
    resume) signal_all CONT ;;
    drop) drop ;;
    *) fail "there is no command $command" ;;
esac
