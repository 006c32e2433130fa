#!/bin/sh
# Runs the Bacalhau compute node in the foreground, under the instance id as its name, so that a restart or a reboot
# is the same node again and the orchestrator's list maps to machines one to one.
set -eu
root=${SPOTCLUSTER_ROOT:-}
# shellcheck source=metadata.sh
. "$root/usr/local/lib/spotcluster/metadata.sh"

tries=0
until metadata_open && id=$(metadata instance-id) && [ -n "$id" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || { echo "the instance metadata service gives no instance id" >&2; exit 1; }
  sleep 2
done
account=$(metadata identity-credentials/ec2/info | sed -n 's/.*"AccountId" *: *"\([0-9]*\)".*/\1/p') || account=

# A second file beside the one of the launch: what only the machine itself knows. These values come from EC2 and hold
# letters, digits, dots and dashes only; whatever else is left out.
clean() { tr -cd 'A-Za-z0-9.-'; }
{
  echo 'Labels:'
  echo "  instance: \"$(printf %s "$id" | clean)\""
  echo "  region: \"$(metadata placement/region | clean)\""
  echo "  zone: \"$(metadata placement/availability-zone | clean)\""
  echo "  type: \"$(metadata instance-type | clean)\""
  echo "  lifecycle: \"$(metadata instance-life-cycle | clean)\""
  echo "  account: \"$(printf %s "$account" | clean)\""
} >"$root/etc/bacalhau/machine.yaml"

# cloud-init keeps copies of the document with the token in it, and writes them anew at each boot.
rm -f "$root"/var/lib/cloud/instances/*/user-data.txt "$root"/var/lib/cloud/instances/*/user-data.txt.i \
  "$root"/var/lib/cloud/instances/*/cloud-config.txt "$root"/var/lib/cloud/instances/*/obj.pkl \
  "$root"/run/cloud-init/instance-data-sensitive.json "$root"/run/cloud-init/combined-cloud-config.json

# A token that has a source is read at each start, with the instance's role, and lies in memory only.
read -r image <"$root/etc/spotcluster/bacalhau-image"
set -- "$image" serve --config /etc/bacalhau/config.yaml --config /etc/bacalhau/machine.yaml
if [ -e "$root/etc/spotcluster/token-source" ]; then
  read -r source <"$root/etc/spotcluster/token-source"
  mkdir -p "$root/run/spotcluster"
  chmod 0700 "$root/run/spotcluster"
  (umask 077 && python3 "$root/usr/local/lib/spotcluster/token.py" "$source" >"$root/run/spotcluster/token.yaml") || exit 1
  set -- --volume /run/spotcluster:/run/spotcluster:ro "$@" --config /run/spotcluster/token.yaml
fi

docker rm -f bacalhau >/dev/null 2>&1 || true
exec docker run --rm --name bacalhau --privileged \
  --publish 127.0.0.1:1234:1234 \
  --volume /etc/bacalhau:/etc/bacalhau:ro \
  --volume /var/lib/bacalhau:/var/lib/bacalhau \
  --volume /var/lib/bacalhau-docker:/var/lib/docker \
  --volume /bacalhau_data:/bacalhau_data \
  --health-cmd 'wget -q -O - http://localhost:1234/api/v1/agent/alive | grep -q OK' \
  --health-interval 30s --health-timeout 10s --health-retries 3 --health-start-period 60s \
  "$@" --name "$id"
