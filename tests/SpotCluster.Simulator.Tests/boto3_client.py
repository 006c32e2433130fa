"""Drives the simulator with boto3: every answer must parse to what the service model says, every refusal to its code."""
import base64
import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = sys.argv[1]
REGION = "us-west-2"
TAGS = [{"Key": "cluster", "Value": "demo"}]


def client(name, region=REGION, retries=True):
    config = Config(region_name=region, retries={"max_attempts": 4 if retries else 1, "mode": "standard"})
    return boto3.client(name, endpoint_url=URL, config=config)


def tagged(*kinds):
    return [{"ResourceType": kind, "Tags": TAGS} for kind in kinds]


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"expected {code}, got {found}: {error}"
        return error
    raise AssertionError(f"expected {code}, but it was done")


ec2 = client("ec2")

# Identity, regions, catalogue.
assert client("sts").get_caller_identity()["Account"] == "123456789012"
assert client("iam").list_account_aliases()["AccountAliases"] == ["spotcluster-simulator"]
assert client("service-quotas").get_service_quota(ServiceCode="ec2", QuotaCode="L-34B43A08")["Quota"]["Value"] == 640
assert len(ec2.describe_regions()["Regions"]) == 17
pricing = client("pricing", "us-east-1", retries=False)


def products(**attributes):
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in attributes.items()]
    pages = pricing.get_paginator("get_products").paginate(ServiceCode="AmazonEC2", Filters=filters, FormatVersion="aws_v1", PaginationConfig={"PageSize": 40})
    return [json.loads(product) for page in pages for product in page["PriceList"]]


def usd(product):
    dimensions = [dimension for term in product["terms"]["OnDemand"].values() for dimension in term["priceDimensions"].values()]
    assert len(dimensions) == 1, product
    return dimensions[0]["unit"], float(dimensions[0]["pricePerUnit"]["USD"])


linux = dict(regionCode=REGION, operatingSystem="Linux", tenancy="Shared", preInstalledSw="NA", capacitystatus="Used", licenseModel="No License required")
assert [usd(product) for product in products(instanceType="t3.medium", **linux)] == [("Hrs", 0.0416)]
every = [product["product"]["attributes"]["instanceType"] for product in products(**linux)]
assert len(every) > 100 and len(every) == len(set(every)), len(every)
disks = {product["product"]["attributes"]["usagetype"].split(":")[1]: usd(product) for product in products(volumeApiName="gp3", regionCode="us-east-1")}
assert disks == {"VolumeUsage.gp3": ("GB-Mo", 0.08), "VolumeP-IOPS.gp3": ("IOPS-Mo", 0.005), "VolumeP-Throughput.gp3": ("GiBps-mo", 40.96)}, disks
assert products(instanceType="t9.huge") == []
refused("InvalidNextTokenException", pricing.get_products, ServiceCode="AmazonEC2", NextToken="nonsense")
refused("InvalidParameterException", pricing.get_products, ServiceCode="AmazonEC2", FormatVersion="aws_v2")
refused("InvalidParameterException", pricing.get_products, ServiceCode="AmazonNothing")
refused("SignatureDoesNotMatch", client("pricing", REGION, retries=False).get_products, ServiceCode="AmazonEC2")
refused("AuthFailure", client("ec2", "af-south-1", retries=False).describe_instances)
zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
assert zones == [REGION + letter for letter in "abcd"], zones
kinds = list(ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 25}).search("InstanceTypes[]"))
micro = next(kind for kind in kinds if kind["InstanceType"] == "t3.micro")
assert micro["MemoryInfo"]["SizeInMiB"] == 1024 and micro["VCpuInfo"]["DefaultVCpus"] == 2, micro
assert any(kind.get("GpuInfo", {}).get("Gpus", [{}])[0].get("Count") for kind in kinds)
prices = list(ec2.get_paginator("describe_spot_price_history").paginate(InstanceTypes=["t3.micro"], ProductDescriptions=["Linux/UNIX"], PaginationConfig={"PageSize": 50}).search("SpotPriceHistory[]"))
assert len({price["AvailabilityZone"] for price in prices}) == 4 and all(float(price["SpotPrice"]) > 0 for price in prices)
selected = ec2.get_paginator("get_instance_types_from_instance_requirements").paginate(
    ArchitectureTypes=["x86_64"], VirtualizationTypes=["hvm"],
    InstanceRequirements={"VCpuCount": {"Min": 4, "Max": 8}, "MemoryMiB": {"Min": 16384}, "AcceleratorCount": {"Min": 1}, "AcceleratorNames": ["t4"], "AcceleratorTypes": ["gpu"]})
selected = {kind["InstanceType"] for page in selected for kind in page["InstanceTypes"]}
assert selected and all(name.startswith("g4dn.") for name in selected), selected
scores = ec2.get_spot_placement_scores(InstanceTypes=["t3.micro", "t3.small", "m5.large"], TargetCapacity=10, RegionNames=[REGION])["SpotPlacementScores"]
assert 1 <= scores[0]["Score"] <= 10, scores
images = ec2.describe_images(Owners=["099720109477"], Filters=[{"Name": "architecture", "Values": ["arm64"]}])["Images"]  # throttled once
assert images and all(image["Architecture"] == "arm64" for image in images)

# A network, built and tagged.
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=zones[0], TagSpecifications=tagged("subnet"))["Subnet"]
gateway = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway"))["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
assert ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"][0]["Attachments"][0]["VpcId"] == vpc  # reset once
table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]["RouteTableId"]
assert ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)["Return"]
group = ec2.create_security_group(GroupName="machines", Description="machines", VpcId=vpc, TagSpecifications=tagged("security-group"))["GroupId"]
rules = ec2.authorize_security_group_ingress(
    GroupId=group,
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "ssh"}]}],
)["SecurityGroupRules"]
assert rules[0]["CidrIpv4"] == "0.0.0.0/0" and not rules[0]["IsEgress"], rules
assert len(ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]) == 2
key = base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)).decode()
ec2.import_key_pair(KeyName="demo", PublicKeyMaterial=f"ssh-ed25519 {key} user@host", TagSpecifications=tagged("key-pair"))
assert ec2.describe_key_pairs(KeyNames=["demo"])["KeyPairs"][0]["KeyType"] == "ed25519"  # a web page once
refused("InvalidKey.Format", ec2.import_key_pair, KeyName="bad", PublicKeyMaterial="nonsense")
template = ec2.create_launch_template(
    LaunchTemplateName="demo",
    TagSpecifications=tagged("launch-template"),
    LaunchTemplateData={
        "ImageId": "resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        "KeyName": "demo",
        "UserData": base64.b64encode(b"#!/bin/sh\n").decode(),
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [group]}],
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "InstanceInitiatedShutdownBehavior": "terminate",
        "TagSpecifications": tagged("spot-instances-request", "network-interface"),
    },
)["LaunchTemplate"]["LaunchTemplateId"]
data = ec2.describe_launch_template_versions(LaunchTemplateId=template)["LaunchTemplateVersions"][0]["LaunchTemplateData"]
assert data["NetworkInterfaces"][0]["Groups"] == [group] and data["MetadataOptions"]["HttpTokens"] == "required", data


# An instant fleet; the second pool does not exist in this zone or at all.
def fleet(token, count=3):
    return ec2.create_fleet(
        Type="instant",
        ClientToken=token,
        SpotOptions={"AllocationStrategy": "price-capacity-optimized"},
        TargetCapacitySpecification={"TotalTargetCapacity": count, "DefaultTargetCapacityType": "spot"},
        LaunchTemplateConfigs=[{
            "LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "$Latest"},
            "Overrides": [{"InstanceType": "t3.small", "SubnetId": subnet["SubnetId"]}, {"InstanceType": "t3.micro", "SubnetId": subnet["SubnetId"]}],
        }],
        TagSpecifications=tagged("fleet", "instance", "volume"),
    )


first = fleet("token-1")
machines = [machine for launch in first["Instances"] for machine in launch["InstanceIds"]]
assert len(machines) == 3 and not first["Errors"], first
assert fleet("token-1")["FleetId"] == first["FleetId"]
refused("IdempotentParameterMismatch", fleet, token="token-1", count=4)
ec2.get_waiter("instance_running").wait(InstanceIds=machines, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
described = [machine for page in ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "tag:cluster", "Values": ["demo"]}]) for reservation in page["Reservations"] for machine in reservation["Instances"]]
assert sorted(machine["InstanceId"] for machine in described) == sorted(machines)
for machine in described:
    assert machine["InstanceLifecycle"] == "spot" and machine["PublicIpAddress"] and machine["State"]["Name"] == "running", machine
    assert machine["MetadataOptions"]["HttpTokens"] == "required" and machine["VpcId"] == vpc, machine
    assert machine["NetworkInterfaces"][0]["Groups"][0]["GroupId"] == group, machine
volumes = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": machines}])["Volumes"]
assert len(volumes) == 3 and all(volume["Size"] == 20 and volume["Encrypted"] for volume in volumes), volumes
requests = ec2.describe_spot_instance_requests(Filters=[{"Name": "tag:cluster", "Values": ["demo"]}])["SpotInstanceRequests"]
assert {request["Status"]["Code"] for request in requests} == {"fulfilled"} and len(requests) == 3, requests
assert ec2.describe_fleets()["Fleets"] == []
assert ec2.describe_fleets(FleetIds=[first["FleetId"]])["Fleets"][0]["Type"] == "instant"
assert len(ec2.describe_instance_status(InstanceIds=machines)["InstanceStatuses"]) == 3
console = ec2.get_console_output(InstanceId=machines[0])
assert console["InstanceId"] == machines[0] and console["Timestamp"] and machines[0] in console["Output"], console
refused("InvalidInstanceID.NotFound", ec2.get_console_output, InstanceId="i-0123456789abcdef0")
pages = list(ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
assert len(pages) == 3 and sum(len(reservation["Instances"]) for page in pages for reservation in page["Reservations"]) == 15
tags = list(ec2.get_paginator("describe_tags").paginate(Filters=[{"Name": "tag:cluster", "Values": ["demo"]}], PaginationConfig={"PageSize": 5}).search("Tags[]"))
assert {tag["ResourceType"] for tag in tags} == {
    "vpc", "subnet", "internet-gateway", "security-group", "key-pair", "launch-template", "fleet", "instance", "volume", "network-interface", "spot-instances-request",
}, {tag["ResourceType"] for tag in tags}

# Refusals.
refused("DryRunOperation", ec2.terminate_instances, InstanceIds=machines, DryRun=True)
refused("InvalidInstanceID.NotFound", ec2.terminate_instances, InstanceIds=machines + ["i-0123456789abcdef0"])
refused("InvalidInstanceID.Malformed", ec2.terminate_instances, InstanceIds=["i-x"])
refused("InvalidParameterCombination", ec2.describe_instances, InstanceIds=machines, MaxResults=5)
refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
error = refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet["SubnetId"])
assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400 and len(error.response["ResponseMetadata"]["RequestId"]) == 36, error.response
refused("DependencyViolation", ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)

# The slow kinds.
address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], AllocationId=address, TagSpecifications=tagged("natgateway"))["NatGateway"]["NatGatewayId"]
ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.ssm", VpcEndpointType="Interface", SubnetIds=[subnet["SubnetId"]], TagSpecifications=tagged("vpc-endpoint"))["VpcEndpoint"]["VpcEndpointId"]
acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=tagged("network-acl"))["NetworkAcl"]["NetworkAclId"]
volume = ec2.create_volume(AvailabilityZone=zones[0], Size=5, TagSpecifications=tagged("volume"))["VolumeId"]
snapshot = ec2.create_snapshot(VolumeId=volume, TagSpecifications=tagged("snapshot"))["SnapshotId"]
image = ec2.create_image(InstanceId=machines[0], Name="golden", TagSpecifications=tagged("image", "snapshot"))["ImageId"]
ec2.get_waiter("image_available").wait(ImageIds=[image], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
ec2.get_waiter("snapshot_completed").wait(SnapshotIds=[snapshot], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
ec2.create_placement_group(GroupName="close", Strategy="cluster", TagSpecifications=tagged("placement-group"))
options = ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.org"]}], TagSpecifications=tagged("dhcp-options"))["DhcpOptions"]["DhcpOptionsId"]
reserved = ec2.create_capacity_reservation(
    InstanceType="t3.micro", InstancePlatform="Linux/UNIX", AvailabilityZone=zones[0], InstanceCount=2, TagSpecifications=tagged("capacity-reservation"),
)["CapacityReservation"]["CapacityReservationId"]
for attempt in range(20):
    reservation = ec2.describe_capacity_reservations(CapacityReservationIds=[reserved])["CapacityReservations"][0]
    if reservation["State"] == "active":
        break
assert reservation["AvailableInstanceCount"] == 2 and reservation["EndDateType"] == "unlimited", reservation
egress = ec2.create_egress_only_internet_gateway(VpcId=vpc, TagSpecifications=tagged("egress-only-internet-gateway"))["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
spare = ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[group], TagSpecifications=tagged("network-interface"))["NetworkInterface"]["NetworkInterfaceId"]
for describe, name in [
    (ec2.describe_nat_gateways, "NatGateways"), (ec2.describe_vpc_endpoints, "VpcEndpoints"), (ec2.describe_network_acls, "NetworkAcls"),
    (ec2.describe_snapshots, "Snapshots"), (ec2.describe_placement_groups, "PlacementGroups"), (ec2.describe_dhcp_options, "DhcpOptions"),
    (ec2.describe_egress_only_internet_gateways, "EgressOnlyInternetGateways"), (ec2.describe_network_interfaces, "NetworkInterfaces"),
    (ec2.describe_addresses, "Addresses"), (ec2.describe_launch_templates, "LaunchTemplates"), (ec2.describe_vpcs, "Vpcs"), (ec2.describe_subnets, "Subnets"),
    (ec2.describe_capacity_reservations, "CapacityReservations"),
]:
    found = describe(Filters=[{"Name": "tag:cluster", "Values": ["demo"]}])[name]
    assert found and all({"Key": "cluster", "Value": "demo"} in item.get("Tags", item.get("TagSet", [])) for item in found), name

# Everything goes, in the order of its dependencies.
while ec2.describe_capacity_reservations(CapacityReservationIds=[reserved])["CapacityReservations"][0]["State"] == "pending":
    time.sleep(0.2)
assert ec2.cancel_capacity_reservation(CapacityReservationId=reserved)["Return"]
refused("InvalidCapacityReservationState", ec2.cancel_capacity_reservation, CapacityReservationId=reserved)

# Kinds that accounts seldom have: made, shown with what they hang on, refused while something hangs on them, and deleted.
home = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
place = ec2.create_subnet(VpcId=home, CidrBlock="10.60.0.0/24")["Subnet"]["SubnetId"]
vgw = ec2.create_vpn_gateway(Type="ipsec.1", TagSpecifications=tagged("vpn-gateway"))["VpnGateway"]["VpnGatewayId"]
ec2.attach_vpn_gateway(VpnGatewayId=vgw, VpcId=home)
shown = ec2.describe_vpn_gateways(VpnGatewayIds=[vgw])["VpnGateways"][0]
assert shown["VpcAttachments"] == [{"VpcId": home, "State": "attached"}] and shown["Tags"] == TAGS and shown["State"] == "available", shown
refused("DependencyViolation", ec2.delete_subnet, SubnetId=ec2.create_instance_connect_endpoint(SubnetId=place)["InstanceConnectEndpoint"]["SubnetId"])
eice = ec2.describe_instance_connect_endpoints()["InstanceConnectEndpoints"][0]
assert eice["State"] == "create-complete" and eice["VpcId"] == home and eice["NetworkInterfaceIds"], eice
refused("IncorrectState", ec2.delete_vpn_gateway, VpnGatewayId=vgw)
log = ec2.create_flow_logs(ResourceIds=[home], ResourceType="VPC", TrafficType="ALL", LogGroupName="x", DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/x")["FlowLogIds"][0]
assert ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [home]}])["FlowLogs"][0]["FlowLogId"] == log
assert ec2.delete_flow_logs(FlowLogIds=[log])["Unsuccessful"] == []
hub = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
spoke = ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=hub, VpcId=home, SubnetIds=[place])["TransitGatewayVpcAttachment"]
assert spoke["TransitGatewayId"] == hub and spoke["SubnetIds"] == [place], spoke
assert [table["DefaultAssociationRouteTable"] for table in ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"]] == [True]
refused("DependencyViolation", ec2.delete_transit_gateway, TransitGatewayId=hub)
tunnel = ec2.create_client_vpn_endpoint(
    ServerCertificateArn="arn:aws:acm:us-west-2:123456789012:certificate/x", AuthenticationOptions=[], ConnectionLogOptions={"Enabled": False}, TagSpecifications=tagged("client-vpn-endpoint"))["ClientVpnEndpointId"]
ec2.associate_client_vpn_target_network(ClientVpnEndpointId=tunnel, SubnetId=place)
assert ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=tunnel)["ClientVpnTargetNetworks"][0]["Status"]["Code"] == "associated"
assert ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[tunnel])["ClientVpnEndpoints"][0]["Tags"] == TAGS
host = ec2.allocate_hosts(InstanceType="m5.large", AvailabilityZone=zones[0], Quantity=1)["HostIds"][0]
assert ec2.describe_hosts(HostIds=[host])["Hosts"][0]["State"] == "available"
assert ec2.release_hosts(HostIds=[host])["Unsuccessful"] == []
access = ec2.create_verified_access_instance()["VerifiedAccessInstance"]["VerifiedAccessInstanceId"]
trust = ec2.create_verified_access_trust_provider(TrustProviderType="user", PolicyReferenceName="x")["VerifiedAccessTrustProvider"]["VerifiedAccessTrustProviderId"]
ec2.attach_verified_access_trust_provider(VerifiedAccessInstanceId=access, VerifiedAccessTrustProviderId=trust)
assert ec2.describe_verified_access_instances()["VerifiedAccessInstances"][0]["VerifiedAccessTrustProviders"][0]["VerifiedAccessTrustProviderId"] == trust
circle = ec2.create_verified_access_group(VerifiedAccessInstanceId=access)["VerifiedAccessGroup"]
assert circle["VerifiedAccessInstanceId"] == access, circle
book = ec2.create_ipam()["Ipam"]["IpamId"]
part = ec2.create_ipam_scope(IpamId=book)["IpamScope"]
assert part["IpamArn"].endswith("/" + book) and part["State"] == "create-complete", part
pool = ec2.create_ipam_pool(IpamScopeId=part["IpamScopeId"], AddressFamily="ipv4")["IpamPool"]
assert pool["IpamScopeArn"].endswith("/" + part["IpamScopeId"]), pool
ec2.provision_ipam_pool_cidr(IpamPoolId=pool["IpamPoolId"], Cidr="10.128.0.0/16")
assert ec2.get_ipam_pool_cidrs(IpamPoolId=pool["IpamPoolId"])["IpamPoolCidrs"][0]["State"] == "provisioned"
refused("InvalidIpamId.NotFound", ec2.describe_ipams, IpamIds=["ipam-0123456789abcdef0"])
assert len(ec2.describe_ipam_scopes()["IpamScopes"]) == 2
ec2.detach_vpn_gateway(VpnGatewayId=vgw, VpcId=home)
association = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=tunnel)["ClientVpnTargetNetworks"][0]["AssociationId"]
ec2.disassociate_client_vpn_target_network(ClientVpnEndpointId=tunnel, AssociationId=association)
while ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=tunnel)["ClientVpnTargetNetworks"]:
    time.sleep(0.2)
ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=tunnel)
ec2.delete_vpn_gateway(VpnGatewayId=vgw)
while ec2.describe_vpn_gateways(VpnGatewayIds=[vgw])["VpnGateways"][0]["State"] != "deleted" or ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]["Status"]["Code"] != "deleted":
    time.sleep(0.2)
ec2.delete_nat_gateway(NatGatewayId=nat)
ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
assert ec2.delete_fleets(FleetIds=[first["FleetId"]], TerminateInstances=True)["SuccessfulFleetDeletions"][0]["CurrentFleetState"] == "deleted_terminating"
ec2.get_waiter("instance_terminated").wait(InstanceIds=machines, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
ec2.release_address(AllocationId=address)
ec2.delete_network_interface(NetworkInterfaceId=spare)
ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=egress)
ec2.delete_network_acl(NetworkAclId=acl)
for attempt in range(20):
    if not ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkInterfaces"]:
        break
ec2.delete_subnet(SubnetId=subnet["SubnetId"])
ec2.delete_security_group(GroupId=group)
ec2.delete_vpc(VpcId=vpc)
ec2.delete_dhcp_options(DhcpOptionsId=options)
ec2.delete_placement_group(GroupName="close")
ec2.deregister_image(ImageId=image)
for item in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]:
    ec2.delete_snapshot(SnapshotId=item["SnapshotId"])
ec2.delete_volume(VolumeId=volume)
ec2.delete_key_pair(KeyName="demo")
ec2.delete_launch_template(LaunchTemplateId=template)
refused("InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=[vpc])
print("ALL GOOD")
