#!/usr/bin/env bash
# Makes the secrets of compose.yaml that are missing; those that are there stay.
set -euo pipefail
umask 077
mkdir -p secrets
for name in postgres_password bot_secret carrier_token push_secret turn_secret exchange_secret; do
    if [ ! -s "secrets/$name" ]; then
        head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"secrets/$name"
        echo "made secrets/$name"
    fi
done
