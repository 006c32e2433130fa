#!/bin/sh
# Ends the machine when it was idle for the given number of seconds: in each half minute less than 10 percent of one processor,
# less than 10 KiB/s over the network and, where there is a GPU, less than 5 percent of its load. What cannot be measured is
# busy. The machine was launched so that powering off ends it and its bill.
check=${SPOTCLUSTER_RUN:-/run}/spotcluster-idle.sh
cat > "$check" <<'END'
proc=${SPOTCLUSTER_PROC:-/proc}
state=${SPOTCLUSTER_RUN:-/run}/spotcluster-idle.state
now=$(cut -d. -f1 "$proc/uptime")
cpu=$(awk '$1 == "cpu" { printf "%.0f", $2 + $3 + $4 + $6 + $7 + $8 + $9 }' "$proc/stat")
net=$(sed 's/:/ /' "$proc/net/dev" | awk 'NR > 2 && $1 != "lo" { sum += $2 + $10 } END { printf "%.0f", sum }')
busy=
if [ -e "$state" ] && read -r was cpu0 net0 since < "$state" && [ -n "$now" ] && [ -n "$cpu" ] && [ -n "$net" ]; then
  passed=$((now - was))
  [ $((cpu - cpu0)) -ge $((passed * 10)) ] && busy=cpu
  [ $((net - net0)) -ge $((passed * 10240)) ] && busy=network
  if command -v nvidia-smi >/dev/null; then
    load=$(nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits 2>/dev/null | sort -n | tail -n 1)
    case $load in '' | *[!0-9]*) busy=gpu ;; *) [ "$load" -ge 5 ] && busy=gpu ;; esac
  fi
else
  busy=unknown
fi
[ -z "$busy" ] || since=$now
echo "$now $cpu $net $since" > "$state"
[ -n "$busy" ] || [ $((now - since)) -lt "$1" ] || systemctl poweroff
END
systemctl stop spotcluster-idle.timer 2>/dev/null
rm -f "${SPOTCLUSTER_RUN:-/run}/spotcluster-idle.state"
systemd-run --unit=spotcluster-idle --on-active=30 --on-unit-active=30 --timer-property=AccuracySec=1s sh "$check" "$1"
