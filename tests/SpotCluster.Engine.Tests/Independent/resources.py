"""Lists what is in regions of the account, by boto3: [kind, region, id] for each; of volumes and security groups only what carries our tag key."""
import json
import sys

import boto3

TAGGED = [{"Name": "tag-key", "Values": ["bacalhau-cluster"]}]
found = []


def look(region, kind, id_name, items):
    found.extend([kind, region, item[id_name]] for item in items)


for region in sys.argv[1:]:
    ec2 = boto3.client("ec2", region_name=region)
    alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    reservations = ec2.describe_instances(Filters=alive)["Reservations"]
    look(region, "Instances", "InstanceId", [instance for reservation in reservations for instance in reservation["Instances"]])
    look(region, "Vpcs", "VpcId", ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"])
    look(region, "LaunchTemplates", "LaunchTemplateId", ec2.describe_launch_templates()["LaunchTemplates"])
    look(region, "KeyPairs", "KeyPairId", ec2.describe_key_pairs()["KeyPairs"])
    requests = ec2.describe_spot_instance_requests(Filters=[{"Name": "state", "Values": ["open", "active"]}])
    look(region, "SpotInstanceRequests", "SpotInstanceRequestId", requests["SpotInstanceRequests"])
    look(region, "Volumes", "VolumeId", ec2.describe_volumes(Filters=TAGGED)["Volumes"])
    look(region, "SecurityGroups", "GroupId", ec2.describe_security_groups(Filters=TAGGED)["SecurityGroups"])

print(json.dumps(found))
