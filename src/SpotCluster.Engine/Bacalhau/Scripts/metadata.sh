#!/bin/sh
# Functions to read EC2's instance metadata, version 2 only. To be sourced.
metadata_address=${SPOTCLUSTER_METADATA:-http://169.254.169.254}
metadata_token=

# Gets a token for some minutes; fails when the service does not answer.
metadata_open() {
  metadata_token=$(curl -sf -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 600' "$metadata_address/latest/api/token") &&
    [ -n "$metadata_token" ]
}

# Prints one value; fails when there is none.
metadata() {
  curl -sf -m 5 -H "X-aws-ec2-metadata-token: $metadata_token" "$metadata_address/latest/meta-data/$1"
}

# Prints the HTTP status of one path; 000 without an answer.
metadata_status() {
  curl -s -m 5 -o /dev/null -w '%{http_code}' -H "X-aws-ec2-metadata-token: $metadata_token" "$metadata_address/latest/meta-data/$1"
}
