#!/bin/sh
# Sets a new node up, once: Docker, then Bacalhau, then the user's script. Each step tries to go on after a failure of the
# one before, and the last line of the marker file says how each of them ended.
set -u
root=${SPOTCLUSTER_ROOT:-}
state=$root/var/lib/spotcluster
log=$root/var/log/spotcluster-setup.log
pause=${SPOTCLUSTER_PAUSE:-15}
mkdir -p "$state"
exec >>"$log" 2>&1

# Runs a command up to five times: package mirrors and locks of other installers are busy just after the boot.
retry() {
  for try in 1 2 3 4 5; do
    "$@" && return 0
    echo "attempt $try failed: $*"
    [ "$try" = 5 ] || sleep "$pause"
  done
  return 1
}

install_docker() {
  if command -v docker >/dev/null 2>&1; then
    return 0
  elif command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    retry apt-get -o DPkg::Lock::Timeout=120 update &&
      retry apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends docker.io docker-compose-v2 curl ca-certificates
  elif command -v dnf >/dev/null 2>&1; then
    retry dnf install -y docker && install_compose
  else
    echo "this image has neither apt-get nor dnf"
    return 1
  fi
}

# Amazon Linux has no package of the compose plugin; its release files are named after the machine's architecture.
install_compose() {
  folder=$root/usr/local/lib/docker/cli-plugins
  mkdir -p "$folder"
  retry curl -sfL -m 120 -o "$folder/docker-compose" \
    "https://github.com/docker/compose/releases/download/v2.29.7/docker-compose-linux-$(uname -m)" &&
    chmod 0755 "$folder/docker-compose"
}

docker=skipped
bacalhau=skipped
script=skipped

if [ -e "$root/etc/spotcluster/bacalhau-image" ]; then
  docker=ok
  { install_docker && systemctl enable --now docker.service; } || docker=failed
  mkdir -p "$root/var/lib/bacalhau" "$root/var/lib/bacalhau-docker" "$root/bacalhau_data"
  systemctl daemon-reload
  bacalhau=ok
  systemctl enable --now bacalhau.service || bacalhau=failed
  systemctl enable --now spotcluster-interruption.service || bacalhau=failed
fi

if [ -e "$root/usr/local/lib/spotcluster/user-script" ]; then
  "$root/usr/local/lib/spotcluster/user-script" >"$root/var/log/spotcluster-user-script.log" 2>&1
  code=$?
  echo "$code" >"$state/user-script.exit"
  script=exit-$code
fi

echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) docker=$docker bacalhau=$bacalhau user-script=$script" | tee -a "$state/ready"
