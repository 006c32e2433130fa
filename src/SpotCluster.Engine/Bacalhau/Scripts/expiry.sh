#!/bin/sh
# Ends the machine at its expiry, given in seconds since 1970, or at that of its tag where the metadata service shows tags:
# Set-SpotCluster moves it. Runs at every boot, so that a reboot does not lengthen its life; the machine was launched so that
# powering off ends it and its bill.
check=${SPOTCLUSTER_RUN:-/run}/spotcluster-expiry.sh
cat > "$check" <<'END'
address=${SPOTCLUSTER_METADATA:-http://169.254.169.254}/latest
token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$address/api/token")
tag=$(curl -sf -m 5 -H "X-aws-ec2-metadata-token: $token" "$address/meta-data/tags/instance/spotcluster:expires-at")
end=$1
if [ -n "$tag" ]; then end=$(date -d "$tag" +%s) || end=$1; fi
[ "$(date +%s)" -lt "$end" ] || systemctl poweroff
END
systemctl stop spotcluster-expiry.timer 2>/dev/null
systemd-run --unit=spotcluster-expiry --on-active=1 --on-unit-active=30 --timer-property=AccuracySec=1s sh "$check" "$1"
