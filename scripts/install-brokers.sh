#!/bin/sh
# Installs the further brokers that `npm run test:brokers` starts: RabbitMQ, NATS, ejabberd and ActiveMQ, from Debian's packages.
# Only what is missing, and no service of the system is started: the tests run their own, on loopback, in temporary directories.
# Names of packages as arguments install only those. As root, or with sudo.
set -eu

[ $# -gt 0 ] || set -- rabbitmq-server nats-server ejabberd activemq libmqtt-client-java

missing=''
for package in "$@"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then sudo=''; else sudo='sudo'; fi

# What packages ask before they start a service; 101 is "do not". One that is there already is put back afterwards.
policy=/usr/sbin/policy-rc.d
kept=''
if [ -e "$policy" ] || [ -L "$policy" ]; then
  kept="$policy.before-brokers"
  $sudo mv "$policy" "$kept"
fi
restore() {
  $sudo rm -f "$policy"
  [ -z "$kept" ] || $sudo mv "$kept" "$policy"
}
trap restore EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
$sudo chmod 755 "$policy"

$sudo apt-get update
# shellcheck disable=SC2086 # one word per package
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing

# Where systemd runs, an enabled service would come up at the next boot.
if [ -d /run/systemd/system ]; then
  for service in $missing; do $sudo systemctl disable "$service" 2>/dev/null || true; done
fi
