#!/usr/bin/env bash
# Installs what the tests need and npm does not bring, on Debian and its kin. Does nothing when it is there.
set -euo pipefail

PATH="$PATH:/usr/sbin:/usr/local/sbin"

# programs that are packages of the same name
needed=(mosquitto chromium openssl)

missing=()
for program in "${needed[@]}"; do
  command -v "$program" >/dev/null || missing+=("$program")
done
# Its programs are where no PATH leads.
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

give_up() {
  echo "Not installed: ${missing[*]}. $1" >&2
  exit 1
}

command -v apt-get >/dev/null || give_up 'There is no apt-get here: install by hand.'
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || give_up 'Run this script as root.'
  as_root=(sudo)
fi

"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}" ||
  give_up 'apt-get could not install it.'
