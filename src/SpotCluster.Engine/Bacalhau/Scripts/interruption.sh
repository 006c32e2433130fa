#!/bin/sh
# Watches for the notice that EC2 takes this spot machine back, and stops Bacalhau then: its jobs are handed back while
# there are two minutes left, instead of being lost.
set -u
root=${SPOTCLUSTER_ROOT:-}
pause=${SPOTCLUSTER_PAUSE:-5}
# shellcheck source=metadata.sh
. "$root/usr/local/lib/spotcluster/metadata.sh"

until metadata_open; do sleep "$pause"; done
[ "$(metadata instance-life-cycle)" = spot ] || exit 0
while :; do
  case $(metadata_status spot/instance-action) in
    200) break ;;
    401) metadata_open || true ;;
  esac
  sleep "$pause"
done

echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) interruption notice: $(metadata spot/instance-action)"
systemctl stop bacalhau.service
