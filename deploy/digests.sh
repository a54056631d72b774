#!/bin/sh
# Pins every image by the digest that its tag has now: the base in the Dockerfile, and what the Compose files
# pull. Run it again after a tag was changed, look at "git diff", and commit it.
set -eu
cd "$(dirname "$0")/.."

for file in Dockerfile docker-compose.yml docker-compose.production.yml; do
    for image in $(sed -n -E 's/^(FROM|    image:) ([^ @]+:[^ @]+).*/\2/p' "$file" | sort -u); do
        digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
        case "$digest" in
            sha256:*) ;;
            *) echo "$image: no digest was found." >&2; exit 1 ;;
        esac
        sed -i -E "s|^(FROM\|    image:) $image(@sha256:[0-9a-f]+)?|\\1 $image@$digest|" "$file"
        echo "$image@$digest"
    done
done
