#!/usr/bin/env bash
# The AWS CLI as people use it: one process for each region.
#   aws-cli.sh list N        writes the ids of all machines with the tag in every enabled region
#   aws-cli.sh launch N      reads "REGION COUNT" line by line, and launches so many spot instances in the default VPC
#   aws-cli.sh terminate N   reads "REGION ID ID ..." line by line, terminates them, and waits until they are terminated
# N regions at the same time: 1 is a loop.
set -euo pipefail

case $1 in
list)
  aws ec2 describe-regions --query 'Regions[].RegionName' --output text | tr '\t' '\n' \
    | xargs -P "$2" -I{} aws ec2 describe-instances --region {} \
      --filters Name=tag:bacalhau-cluster,Values=bacalhau-aws-spot Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped \
      --query 'Reservations[].Instances[].[InstanceId]' --output text
  ;;
launch)
  image=resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id
  xargs -P "$2" -L 1 bash -c 'aws ec2 run-instances --region "$1" --count "$2" --image-id "$0" --instance-type t3.micro \
    --instance-market-options MarketType=spot --tag-specifications "ResourceType=instance,Tags=[{Key=bacalhau-cluster,Value=bacalhau-aws-spot}]" --output text >/dev/null' "$image"
  ;;
terminate)
  machines=$(cat)
  each() {
    xargs -P "$1" -L 1 bash -c "$2" each <<<"$machines"
  }
  each "$2" 'aws ec2 terminate-instances --region "$1" --instance-ids "${@:2}" --output text >/dev/null'
  each "$2" 'aws ec2 wait instance-terminated --region "$1" --instance-ids "${@:2}"'
  ;;
esac
