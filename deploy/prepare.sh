#!/bin/sh
# Makes what Compose needs and nobody should invent: .env from the example, with random secrets in it.
# "sh deploy/prepare.sh production" keeps the secrets in files below secrets/ instead, and moves there what
# .env holds. What there is already stays as it is.
set -eu
umask 077
cd "$(dirname "$0")/.."

random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }
value_of() { sed -n "s/^$1=//p" .env | tail -n 1 | sed "s/^\\([\"']\\)\\(.*\\)\\1\$/\\2/"; }

fill_in() { # a random value for a setting of .env that has none
    [ -n "$(value_of "$1")" ] && return
    if grep -q "^$1=" .env; then sed -i "s/^$1=.*/$1=$(random)/" .env; else echo "$1=$(random)" >> .env; fi
}

move_to_file() { # a setting of .env into secrets/; $2: what the file holds if there is no such setting
    file=secrets/$(echo "$1" | tr '[:upper:]' '[:lower:]')
    value=$(value_of "$1")
    if [ ! -e "$file" ]; then
        printf '%s\n' "${value:-$2}" > "$file"
    elif [ -n "$value" ] && [ "$value" != "$(cat "$file")" ]; then
        echo "$1 stands in .env and, otherwise, in $file: empty one of them." >&2
        exit 1
    fi
    sed -i "s/^$1=.*/$1=/" .env
    # The folder keeps others of this machine out. The program's user in its container, who is somebody else, has to
    # read the file, and whoever runs this has to write the secret into it.
    chmod 644 "$file"
}

[ -e .env ] || cp .env.example .env
# The containers write backups there as user 10001, to whom root alone can give the folder (docs/installing.md).
mkdir -p backups
[ "$(id -u)" -ne 0 ] || chown 10001:10001 backups
case "${1:-}" in
    "")
        fill_in SECRET_KEY
        fill_in POSTGRES_PASSWORD
        ;;
    production)
        mkdir -p secrets
        move_to_file SECRET_KEY "$(random)"
        move_to_file POSTGRES_PASSWORD "$(random)"
        for name in SECRET_KEY_FALLBACKS EMAIL_URL OPENAI_API_KEY BOUNCE_IMAP_URL; do
            move_to_file "$name" ""
        done
        ;;
    *)
        echo "Write: sh deploy/prepare.sh, or sh deploy/prepare.sh production" >&2
        exit 2
        ;;
esac
