using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace SpotCluster.Engine.Aws.Ec2;

/// <summary>EC2 of one region, on the runtime pipeline of the AWS SDK.</summary>
internal sealed class Ec2Client(AWSCredentials credentials, AwsClientConfig config, AwsCalls calls, string region, ICallDoctor doctor)
    : AmazonServiceClient(credentials, config), IEc2Client
{
    private readonly Ec2Pacing _pacing = new(calls.Clock);

    /// <inheritdoc/>
    public string Region => region;

    /// <summary>Where calls go.</summary>
    public Uri Endpoint => config.Endpoint;

    public Task<DescribeRegionsResponse> DescribeRegionsAsync(DescribeRegionsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeRegionsResponse.Read, cancellationToken);

    public Task<DescribeAvailabilityZonesResponse> DescribeAvailabilityZonesAsync(DescribeAvailabilityZonesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeAvailabilityZonesResponse.Read, cancellationToken);

    public Task<DescribeAccountAttributesResponse> DescribeAccountAttributesAsync(DescribeAccountAttributesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeAccountAttributesResponse.Read, cancellationToken);

    public Task<DescribeInstanceTypesResponse> DescribeInstanceTypesAsync(DescribeInstanceTypesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInstanceTypesResponse.Read, cancellationToken);

    public Task<DescribeInstanceTypeOfferingsResponse> DescribeInstanceTypeOfferingsAsync(DescribeInstanceTypeOfferingsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInstanceTypeOfferingsResponse.Read, cancellationToken);

    public Task<DescribeSpotPriceHistoryResponse> DescribeSpotPriceHistoryAsync(DescribeSpotPriceHistoryRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSpotPriceHistoryResponse.Read, cancellationToken);

    public Task<GetSpotPlacementScoresResponse> GetSpotPlacementScoresAsync(GetSpotPlacementScoresRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, GetSpotPlacementScoresResponse.Read, cancellationToken);

    public Task<DescribeTagsResponse> DescribeTagsAsync(DescribeTagsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeTagsResponse.Read, cancellationToken);

    public Task<CreateTagsResponse> CreateTagsAsync(CreateTagsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateTagsResponse.Read, cancellationToken);

    public Task<DeleteTagsResponse> DeleteTagsAsync(DeleteTagsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteTagsResponse.Read, cancellationToken);

    public Task<CreateVpcResponse> CreateVpcAsync(CreateVpcRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateVpcResponse.Read, cancellationToken);

    public Task<DescribeVpcsResponse> DescribeVpcsAsync(DescribeVpcsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeVpcsResponse.Read, cancellationToken);

    public Task<ModifyVpcAttributeResponse> ModifyVpcAttributeAsync(ModifyVpcAttributeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ModifyVpcAttributeResponse.Read, cancellationToken);

    public Task<DeleteVpcResponse> DeleteVpcAsync(DeleteVpcRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteVpcResponse.Read, cancellationToken);

    public Task<CreateSubnetResponse> CreateSubnetAsync(CreateSubnetRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateSubnetResponse.Read, cancellationToken);

    public Task<DescribeSubnetsResponse> DescribeSubnetsAsync(DescribeSubnetsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSubnetsResponse.Read, cancellationToken);

    public Task<ModifySubnetAttributeResponse> ModifySubnetAttributeAsync(ModifySubnetAttributeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ModifySubnetAttributeResponse.Read, cancellationToken);

    public Task<DeleteSubnetResponse> DeleteSubnetAsync(DeleteSubnetRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteSubnetResponse.Read, cancellationToken);

    public Task<CreateInternetGatewayResponse> CreateInternetGatewayAsync(CreateInternetGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateInternetGatewayResponse.Read, cancellationToken);

    public Task<AttachInternetGatewayResponse> AttachInternetGatewayAsync(AttachInternetGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, AttachInternetGatewayResponse.Read, cancellationToken);

    public Task<DetachInternetGatewayResponse> DetachInternetGatewayAsync(DetachInternetGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DetachInternetGatewayResponse.Read, cancellationToken);

    public Task<DeleteInternetGatewayResponse> DeleteInternetGatewayAsync(DeleteInternetGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteInternetGatewayResponse.Read, cancellationToken);

    public Task<DescribeInternetGatewaysResponse> DescribeInternetGatewaysAsync(DescribeInternetGatewaysRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInternetGatewaysResponse.Read, cancellationToken);

    public Task<DescribeEgressOnlyInternetGatewaysResponse> DescribeEgressOnlyInternetGatewaysAsync(DescribeEgressOnlyInternetGatewaysRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeEgressOnlyInternetGatewaysResponse.Read, cancellationToken);

    public Task<DeleteEgressOnlyInternetGatewayResponse> DeleteEgressOnlyInternetGatewayAsync(DeleteEgressOnlyInternetGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteEgressOnlyInternetGatewayResponse.Read, cancellationToken);

    public Task<DescribeRouteTablesResponse> DescribeRouteTablesAsync(DescribeRouteTablesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeRouteTablesResponse.Read, cancellationToken);

    public Task<CreateRouteTableResponse> CreateRouteTableAsync(CreateRouteTableRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateRouteTableResponse.Read, cancellationToken);

    public Task<CreateRouteResponse> CreateRouteAsync(CreateRouteRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateRouteResponse.Read, cancellationToken);

    public Task<AssociateRouteTableResponse> AssociateRouteTableAsync(AssociateRouteTableRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, AssociateRouteTableResponse.Read, cancellationToken);

    public Task<DisassociateRouteTableResponse> DisassociateRouteTableAsync(DisassociateRouteTableRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DisassociateRouteTableResponse.Read, cancellationToken);

    public Task<DeleteRouteTableResponse> DeleteRouteTableAsync(DeleteRouteTableRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteRouteTableResponse.Read, cancellationToken);

    public Task<CreateSecurityGroupResponse> CreateSecurityGroupAsync(CreateSecurityGroupRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateSecurityGroupResponse.Read, cancellationToken);

    public Task<DescribeSecurityGroupsResponse> DescribeSecurityGroupsAsync(DescribeSecurityGroupsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSecurityGroupsResponse.Read, cancellationToken);

    public Task<DeleteSecurityGroupResponse> DeleteSecurityGroupAsync(DeleteSecurityGroupRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteSecurityGroupResponse.Read, cancellationToken);

    public Task<AuthorizeSecurityGroupIngressResponse> AuthorizeSecurityGroupIngressAsync(AuthorizeSecurityGroupIngressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, AuthorizeSecurityGroupIngressResponse.Read, cancellationToken);

    public Task<RevokeSecurityGroupIngressResponse> RevokeSecurityGroupIngressAsync(RevokeSecurityGroupIngressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, RevokeSecurityGroupIngressResponse.Read, cancellationToken);

    public Task<RevokeSecurityGroupEgressResponse> RevokeSecurityGroupEgressAsync(RevokeSecurityGroupEgressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, RevokeSecurityGroupEgressResponse.Read, cancellationToken);

    public Task<DescribeSecurityGroupRulesResponse> DescribeSecurityGroupRulesAsync(DescribeSecurityGroupRulesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSecurityGroupRulesResponse.Read, cancellationToken);

    public Task<ImportKeyPairResponse> ImportKeyPairAsync(ImportKeyPairRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ImportKeyPairResponse.Read, cancellationToken);

    public Task<DescribeKeyPairsResponse> DescribeKeyPairsAsync(DescribeKeyPairsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeKeyPairsResponse.Read, cancellationToken);

    public Task<DeleteKeyPairResponse> DeleteKeyPairAsync(DeleteKeyPairRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteKeyPairResponse.Read, cancellationToken);

    public Task<CreateLaunchTemplateResponse> CreateLaunchTemplateAsync(CreateLaunchTemplateRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateLaunchTemplateResponse.Read, cancellationToken);

    public Task<DescribeLaunchTemplatesResponse> DescribeLaunchTemplatesAsync(DescribeLaunchTemplatesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeLaunchTemplatesResponse.Read, cancellationToken);

    public Task<DeleteLaunchTemplateResponse> DeleteLaunchTemplateAsync(DeleteLaunchTemplateRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteLaunchTemplateResponse.Read, cancellationToken);

    public Task<DescribeLaunchTemplateVersionsResponse> DescribeLaunchTemplateVersionsAsync(DescribeLaunchTemplateVersionsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeLaunchTemplateVersionsResponse.Read, cancellationToken);

    public Task<CreateFleetResponse> CreateFleetAsync(CreateFleetRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateFleetResponse.Read, cancellationToken);

    public Task<ModifyFleetResponse> ModifyFleetAsync(ModifyFleetRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ModifyFleetResponse.Read, cancellationToken);

    public Task<DescribeFleetsResponse> DescribeFleetsAsync(DescribeFleetsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeFleetsResponse.Read, cancellationToken);

    public Task<DescribeFleetInstancesResponse> DescribeFleetInstancesAsync(DescribeFleetInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeFleetInstancesResponse.Read, cancellationToken);

    public Task<DeleteFleetsResponse> DeleteFleetsAsync(DeleteFleetsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteFleetsResponse.Read, cancellationToken);

    public Task<RunInstancesResponse> RunInstancesAsync(RunInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, RunInstancesResponse.Read, cancellationToken);

    public Task<DescribeInstancesResponse> DescribeInstancesAsync(DescribeInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInstancesResponse.Read, cancellationToken);

    public Task<DescribeInstanceStatusResponse> DescribeInstanceStatusAsync(DescribeInstanceStatusRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInstanceStatusResponse.Read, cancellationToken);

    public Task<TerminateInstancesResponse> TerminateInstancesAsync(TerminateInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, TerminateInstancesResponse.Read, cancellationToken);

    public Task<StopInstancesResponse> StopInstancesAsync(StopInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, StopInstancesResponse.Read, cancellationToken);

    public Task<StartInstancesResponse> StartInstancesAsync(StartInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, StartInstancesResponse.Read, cancellationToken);

    public Task<RebootInstancesResponse> RebootInstancesAsync(RebootInstancesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, RebootInstancesResponse.Read, cancellationToken);

    public Task<DescribeInstanceAttributeResponse> DescribeInstanceAttributeAsync(DescribeInstanceAttributeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeInstanceAttributeResponse.Read, cancellationToken);

    public Task<ModifyInstanceAttributeResponse> ModifyInstanceAttributeAsync(ModifyInstanceAttributeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ModifyInstanceAttributeResponse.Read, cancellationToken);

    public Task<GetConsoleOutputResponse> GetConsoleOutputAsync(GetConsoleOutputRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, GetConsoleOutputResponse.Read, cancellationToken);

    public Task<DescribeSpotInstanceRequestsResponse> DescribeSpotInstanceRequestsAsync(DescribeSpotInstanceRequestsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSpotInstanceRequestsResponse.Read, cancellationToken);

    public Task<CancelSpotInstanceRequestsResponse> CancelSpotInstanceRequestsAsync(CancelSpotInstanceRequestsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CancelSpotInstanceRequestsResponse.Read, cancellationToken);

    public Task<DescribeSpotFleetRequestsResponse> DescribeSpotFleetRequestsAsync(DescribeSpotFleetRequestsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSpotFleetRequestsResponse.Read, cancellationToken);

    public Task<CancelSpotFleetRequestsResponse> CancelSpotFleetRequestsAsync(CancelSpotFleetRequestsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CancelSpotFleetRequestsResponse.Read, cancellationToken);

    public Task<DescribeCapacityReservationsResponse> DescribeCapacityReservationsAsync(DescribeCapacityReservationsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeCapacityReservationsResponse.Read, cancellationToken);

    public Task<CancelCapacityReservationResponse> CancelCapacityReservationAsync(CancelCapacityReservationRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CancelCapacityReservationResponse.Read, cancellationToken);

    public Task<CreateVolumeResponse> CreateVolumeAsync(CreateVolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateVolumeResponse.Read, cancellationToken);

    public Task<DescribeVolumesResponse> DescribeVolumesAsync(DescribeVolumesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeVolumesResponse.Read, cancellationToken);

    public Task<DetachVolumeResponse> DetachVolumeAsync(DetachVolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DetachVolumeResponse.Read, cancellationToken);

    public Task<DeleteVolumeResponse> DeleteVolumeAsync(DeleteVolumeRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteVolumeResponse.Read, cancellationToken);

    public Task<CreateSnapshotResponse> CreateSnapshotAsync(CreateSnapshotRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateSnapshotResponse.Read, cancellationToken);

    public Task<DescribeSnapshotsResponse> DescribeSnapshotsAsync(DescribeSnapshotsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeSnapshotsResponse.Read, cancellationToken);

    public Task<DeleteSnapshotResponse> DeleteSnapshotAsync(DeleteSnapshotRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteSnapshotResponse.Read, cancellationToken);

    public Task<DescribeImagesResponse> DescribeImagesAsync(DescribeImagesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeImagesResponse.Read, cancellationToken);

    public Task<CreateImageResponse> CreateImageAsync(CreateImageRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateImageResponse.Read, cancellationToken);

    public Task<DeregisterImageResponse> DeregisterImageAsync(DeregisterImageRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeregisterImageResponse.Read, cancellationToken);

    public Task<AllocateAddressResponse> AllocateAddressAsync(AllocateAddressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, AllocateAddressResponse.Read, cancellationToken);

    public Task<AssociateAddressResponse> AssociateAddressAsync(AssociateAddressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, AssociateAddressResponse.Read, cancellationToken);

    public Task<DescribeAddressesResponse> DescribeAddressesAsync(DescribeAddressesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeAddressesResponse.Read, cancellationToken);

    public Task<DisassociateAddressResponse> DisassociateAddressAsync(DisassociateAddressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DisassociateAddressResponse.Read, cancellationToken);

    public Task<ReleaseAddressResponse> ReleaseAddressAsync(ReleaseAddressRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, ReleaseAddressResponse.Read, cancellationToken);

    public Task<CreateNetworkInterfaceResponse> CreateNetworkInterfaceAsync(CreateNetworkInterfaceRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateNetworkInterfaceResponse.Read, cancellationToken);

    public Task<DescribeNetworkInterfacesResponse> DescribeNetworkInterfacesAsync(DescribeNetworkInterfacesRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeNetworkInterfacesResponse.Read, cancellationToken);

    public Task<DetachNetworkInterfaceResponse> DetachNetworkInterfaceAsync(DetachNetworkInterfaceRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DetachNetworkInterfaceResponse.Read, cancellationToken);

    public Task<DeleteNetworkInterfaceResponse> DeleteNetworkInterfaceAsync(DeleteNetworkInterfaceRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteNetworkInterfaceResponse.Read, cancellationToken);

    public Task<CreateNatGatewayResponse> CreateNatGatewayAsync(CreateNatGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateNatGatewayResponse.Read, cancellationToken);

    public Task<DescribeNatGatewaysResponse> DescribeNatGatewaysAsync(DescribeNatGatewaysRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeNatGatewaysResponse.Read, cancellationToken);

    public Task<DeleteNatGatewayResponse> DeleteNatGatewayAsync(DeleteNatGatewayRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteNatGatewayResponse.Read, cancellationToken);

    public Task<CreateVpcEndpointResponse> CreateVpcEndpointAsync(CreateVpcEndpointRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateVpcEndpointResponse.Read, cancellationToken);

    public Task<DescribeVpcEndpointsResponse> DescribeVpcEndpointsAsync(DescribeVpcEndpointsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeVpcEndpointsResponse.Read, cancellationToken);

    public Task<DeleteVpcEndpointsResponse> DeleteVpcEndpointsAsync(DeleteVpcEndpointsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteVpcEndpointsResponse.Read, cancellationToken);

    public Task<CreateNetworkAclResponse> CreateNetworkAclAsync(CreateNetworkAclRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreateNetworkAclResponse.Read, cancellationToken);

    public Task<DescribeNetworkAclsResponse> DescribeNetworkAclsAsync(DescribeNetworkAclsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeNetworkAclsResponse.Read, cancellationToken);

    public Task<DeleteNetworkAclResponse> DeleteNetworkAclAsync(DeleteNetworkAclRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteNetworkAclResponse.Read, cancellationToken);

    public Task<DescribeVpcPeeringConnectionsResponse> DescribeVpcPeeringConnectionsAsync(DescribeVpcPeeringConnectionsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeVpcPeeringConnectionsResponse.Read, cancellationToken);

    public Task<DeleteVpcPeeringConnectionResponse> DeleteVpcPeeringConnectionAsync(DeleteVpcPeeringConnectionRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteVpcPeeringConnectionResponse.Read, cancellationToken);

    public Task<CreatePlacementGroupResponse> CreatePlacementGroupAsync(CreatePlacementGroupRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, CreatePlacementGroupResponse.Read, cancellationToken);

    public Task<DescribePlacementGroupsResponse> DescribePlacementGroupsAsync(DescribePlacementGroupsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribePlacementGroupsResponse.Read, cancellationToken);

    public Task<DeletePlacementGroupResponse> DeletePlacementGroupAsync(DeletePlacementGroupRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeletePlacementGroupResponse.Read, cancellationToken);

    public Task<DescribeDhcpOptionsResponse> DescribeDhcpOptionsAsync(DescribeDhcpOptionsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DescribeDhcpOptionsResponse.Read, cancellationToken);

    public Task<DeleteDhcpOptionsResponse> DeleteDhcpOptionsAsync(DeleteDhcpOptionsRequest request, CancellationToken cancellationToken) =>
        CallAsync(request, DeleteDhcpOptionsResponse.Read, cancellationToken);

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline) =>
        AwsPipeline.InstallService(pipeline, calls, "ec2", region);

    private async Task<TResponse> CallAsync<TResponse>(
        Ec2Request request, Func<XElement, TResponse> read, CancellationToken cancellationToken)
        where TResponse : Ec2Response
    {
        if (request is ITokenRequest { ClientToken: null })
        {
            request = request.Copy();
            ((ITokenRequest)request).ClientToken = Guid.NewGuid().ToString();
        }

        await _pacing.WaitAsync(request.Operation, cancellationToken).ConfigureAwait(false);
        try
        {
            var options = new InvokeOptions
            {
                RequestMarshaller = Ec2Marshaller.Instance,
                ResponseUnmarshaller = new Ec2Unmarshaller(read),
            };
            var answer = await InvokeAsync<Ec2Answer>(request, options, cancellationToken).ConfigureAwait(false);
            return (TResponse)answer.Body!;
        }
        catch (Exception e) when (CallFailures.Classify(e, cancellationToken.IsCancellationRequested) is not CallFailure.None)
        {
            var call = new FailedCall("EC2", request.Operation, region, Endpoint);
            var failure = CallFailures.Classify(e, cancellationToken.IsCancellationRequested);
            var error = await doctor.ExplainAsync(call, e, failure, cancellationToken).ConfigureAwait(false);
            throw failure is CallFailure.Unknown && request.RepeatMayDuplicate && request.Changes
                ? new AmbiguousCallException(request.Operation, region, error)
                : error;
        }
    }
}
