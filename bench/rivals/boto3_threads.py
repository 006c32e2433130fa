"""The same jobs by boto3 in one process, a thread for each region.

list       writes the ids of all machines with the tag in every enabled region
launch     reads "REGION COUNT" line by line, and launches so many spot instances in the default VPC
terminate  reads "REGION ID ID ..." line by line, terminates them, and waits until they are terminated

The last line on stderr is how many seconds the job took without the start of Python and the imports.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3

TAGGED = [
    {"Name": "tag:bacalhau-cluster", "Values": ["bacalhau-aws-spot"]},
    {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
]


def list_machines(client):
    pages = client.get_paginator("describe_instances").paginate(Filters=TAGGED)
    return [machine["InstanceId"] for page in pages for group in page["Reservations"] for machine in group["Instances"]]


def launch(client, count):
    client.run_instances(
        ImageId="resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        InstanceType="t3.micro",
        MinCount=int(count),
        MaxCount=int(count),
        InstanceMarketOptions={"MarketType": "spot"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "bacalhau-cluster", "Value": "bacalhau-aws-spot"}]}],
    )


def terminate(client, ids):
    client.terminate_instances(InstanceIds=ids)
    client.get_waiter("instance_terminated").wait(InstanceIds=ids)


def in_all(work, *arguments):
    with ThreadPoolExecutor(max_workers=len(arguments[0])) as pool:
        return list(pool.map(work, *arguments))


def main(job):
    # A session is for one thread: it makes all clients, and those are used by the others.
    session = boto3.Session()
    if job == "list":
        regions = [region["RegionName"] for region in session.client("ec2").describe_regions()["Regions"]]
        for ids in in_all(list_machines, [session.client("ec2", region) for region in regions]):
            print(*ids, sep="\n")
    else:
        lines = [line.split() for line in sys.stdin]
        clients = [session.client("ec2", line[0]) for line in lines]
        if job == "launch":
            in_all(launch, clients, [line[1] for line in lines])
        else:
            in_all(terminate, clients, [line[1:] for line in lines])


start = time.perf_counter()
main(sys.argv[1])
print(time.perf_counter() - start, file=sys.stderr)
