#!/bin/sh
# Ends the machine at its expiry, given in seconds since 1970. Runs at every boot, so that a reboot does not lengthen its life;
# the machine was launched so that powering off ends it and its bill.
left=$(($1 - $(date +%s)))
[ "$left" -gt 0 ] || left=1
systemctl stop spotcluster-expiry.timer 2>/dev/null
systemd-run --unit=spotcluster-expiry --on-active="$left" --timer-property=AccuracySec=1s systemctl poweroff
