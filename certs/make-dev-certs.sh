#!/bin/sh
# Makes a development CA and a server certificate for localhost; does nothing when they are there and still good for a week.
# Usage: certs/make-dev-certs.sh [folder]      (default: certs/dev)
set -eu
umask 077
out=${1:-$(dirname "$0")/dev}
mkdir -p "$out"
cd "$out"

if [ -s ca.key ] && [ -s server.key ] && openssl verify -CAfile ca.pem server.pem >/dev/null 2>&1 \
    && openssl x509 -checkend 604800 -noout -in server.pem >/dev/null 2>&1 && openssl x509 -checkend 604800 -noout -in ca.pem >/dev/null 2>&1; then
    exit 0
fi

# Everything is made beside its place and moved at the end, so that a run that was stopped leaves nothing half made.
new=$(mktemp -d ./new.XXXXXX)
trap 'rm -rf "$new"' EXIT

openssl ecparam -name prime256v1 -genkey -noout -out "$new/ca.key"
openssl req -x509 -new -key "$new/ca.key" -sha256 -days 825 -subj "/CN=Touchstone development CA" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" -out "$new/ca.pem"

openssl ecparam -name prime256v1 -genkey -noout -out "$new/server.key"
openssl req -new -key "$new/server.key" -subj "/CN=localhost" -out "$new/server.csr"
cat > "$new/server.ext" <<'EXT'
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
EXT
openssl x509 -req -in "$new/server.csr" -CA "$new/ca.pem" -CAkey "$new/ca.key" -set_serial "0x$(openssl rand -hex 15)" -sha256 -days 397 \
    -extfile "$new/server.ext" -out "$new/server.only.pem" 2>/dev/null
cat "$new/server.only.pem" "$new/ca.pem" > "$new/server.pem"

chmod 644 "$new/ca.pem" "$new/server.pem"
mv "$new/ca.key" "$new/ca.pem" "$new/server.key" "$new/server.pem" .
