using System.Globalization;
using Amazon.EC2.Model;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;
using SpotCluster.Engine.Tests.SignIn;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Ec2;

[Collection(EnvironmentGuard.Collection)]
public sealed class ServiceClockTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, false)]
    [InlineData(-299, false)]
    [InlineData(301, true)]
    [InlineData(-172800, true)]
    public async Task Each_region_has_the_time_of_its_answers(int seconds, bool skewed)
    {
        var cloud = new ScriptedTransport();
        cloud.On("DescribeVpcs", call =>
        {
            var answer = ScriptedTransport.Ec2("DescribeVpcs", "<vpcSet/>")(call);
            answer.Headers.Date = cloud.Clock.GetUtcNow().AddSeconds(seconds);
            return answer;
        });
        using var session = cloud.Open();
        var clock = session.ServiceClock("eu-west-1");
        Assert.Null(clock.Skew);
        Assert.Equal(cloud.Clock.GetUtcNow(), session.Time.GetUtcNow());

        await session.Ec2("eu-west-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);

        Assert.Equal(skewed, Record.Exception(() => session.Time.RequireAgreement(SpotProvider.Aws, TimeSpan.FromHours(1), null)) is SpotException { ErrorId: SpotErrorIds.ClockSkewed });

        // The header has whole seconds.
        var expected = Math.Abs(seconds) < 2 ? 0 : seconds;
        Assert.InRange((session.Time.GetUtcNow() - cloud.Clock.GetUtcNow()).TotalSeconds, expected - 1, expected);
        Assert.Null(session.ServiceClock("us-east-1").Skew);
    }

    [Theory]
    [InlineData("RequestExpired", 48)]
    [InlineData("RequestExpired", 0)]
    [InlineData("RequestTimeTooSkewed", -48)]
    public async Task A_service_that_refuses_every_signature_for_its_time_is_asked_twice_at_most(string code, int hours)
    {
        EnvironmentGuard.SetKeys();
        EnvironmentGuard.Set("AWS_REGION", "us-east-1");
        await using var service = await StandIn.StartAsync(request =>
        {
            request.HttpContext.Response.Headers.Date =
                TimeProvider.System.GetUtcNow().AddHours(hours).ToString("R", CultureInfo.InvariantCulture);
            return (400, $"<Response><Errors><Error><Code>{code}</Code><Message>Request has expired.</Message></Error></Errors><RequestID>r</RequestID></Response>");
        });
        using var session = new AwsSession(new EngineOptions { EndpointUrl = service.Address, Clock = new JumpingClock() });
        var ec2 = session.Ec2("us-east-1");
        var error = await Assert.ThrowsAsync<SpotException>(() => ec2.DescribeVpcsAsync(new DescribeVpcsRequest(), None));
        Assert.Equal(code, error.ServiceCode);

        // The doctor asks STS too, which refuses in the same way.
        Assert.InRange(service.Requests.Count, 1, 4);
    }

    [Fact]
    public async Task The_service_is_told_how_often_it_may_be_asked()
    {
        var attempts = new List<string>();
        EnvironmentGuard.SetKeys();
        await using var service = await StandIn.StartAsync(request =>
        {
            attempts.Add(request.Headers["amz-sdk-request"].ToString());
            return attempts.Count < 3 ? (503, "") : (200, "<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>");
        });
        using var session = new AwsSession(new EngineOptions { EndpointUrl = service.Address, Clock = new JumpingClock() });
        await session.Ec2("us-east-1").DescribeVpcsAsync(new DescribeVpcsRequest(), None);
        Assert.Equal(["attempt=1; max=21", "attempt=2; max=21", "attempt=3; max=21"], attempts.Select(text => text[text.IndexOf("attempt", StringComparison.Ordinal)..]));
    }
}
