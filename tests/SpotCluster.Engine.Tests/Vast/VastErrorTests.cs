using SpotCluster.Engine.Vast;
using SpotCluster.Model;
using Xunit;

namespace SpotCluster.Engine.Tests.Vast;

public sealed class VastErrorTests
{
    [Theory]
    [InlineData(400, """{"success":false,"error":"insufficient_credit","msg":"Your account lacks credit; see the billing page.","ask_id":7}""", SpotErrorIds.InsufficientCredit)]
    [InlineData(200, """{"success":false,"error":"insufficient_credit","msg":"x"}""", SpotErrorIds.InsufficientCredit)]
    [InlineData(411, """{"success":false,"msg":"Insufficient credit"}""", SpotErrorIds.InsufficientCredit)]
    [InlineData(400, """{"success":false,"error":"spend_rate_limit","msg":"insufficient credit history"}""", SpotErrorIds.SpendRateLimited)]
    [InlineData(400, """{"success":false,"error":"invalid_args","msg":"label insufficient_credit is taken"}""", SpotErrorIds.RequestRefused)]
    [InlineData(403, """{"success":false,"error":"auth_error","msg":"This action requires login."}""", SpotErrorIds.VastKeyInvalid)]
    [InlineData(404, """{"success":false,"error":"auth_error","msg":"Invalid user key"}""", SpotErrorIds.VastKeyInvalid)]
    [InlineData(401, """{"success":false,"error":"auth_error","msg":"Invalid user key"}""", SpotErrorIds.VastKeyInvalid)]
    [InlineData(404, """{"msg":"Session expired. Please log in again."}""", SpotErrorIds.VastSessionExpired)]
    [InlineData(401, """{"success":false,"msg":"This API key lacks the api.instance_PUT route access"}""", SpotErrorIds.PermissionMissing)]
    [InlineData(401, """{"success":false,"error":"auth_error","msg":"key lacks the api.instance_PUT route access"}""", SpotErrorIds.PermissionMissing)]
    [InlineData(403, """{"success":false,"error":"not_authorized","msg":"no"}""", SpotErrorIds.PermissionMissing)]
    [InlineData(404, """{"success":false,"error":"invalid_args","msg":"error 404/3603: no_such_ask Instance type by id 7 is not available."}""", SpotErrorIds.OfferTaken)]
    [InlineData(410, """{"success":false,"error":"no_such_ask","msg":"error 410/3907: no_such_ask Instance type 7 is no longer available."}""", SpotErrorIds.OfferTaken)]
    [InlineData(400, """{"error":"no_such_ask"}""", SpotErrorIds.OfferTaken)]
    [InlineData(404, """{"success":false,"error":"no_such_instance","msg":"Instance 7 not found."}""", SpotErrorIds.InstanceNotFound)]
    [InlineData(404, """{"success":false,"error":"not_found","msg":"Instance not found"}""", SpotErrorIds.InstanceNotFound)]
    [InlineData(400, """{"success":false,"error":"invalid_price","msg":"x"}""", SpotErrorIds.PriceInvalid)]
    [InlineData(403, """{"success":false,"error":"invalid_args","msg":"Offer 7 is not your own. Hosts can only rent their own machines."}""", SpotErrorIds.PermissionMissing)]
    [InlineData(404, "<html>not here</html>", SpotErrorIds.ServiceFailed)]
    [InlineData(403, "<html>Just a moment...</html>", SpotErrorIds.ServiceFailed)]
    [InlineData(403, "Forbidden", SpotErrorIds.RequestRefused)]
    [InlineData(429, "API requests too frequent", SpotErrorIds.RequestThrottled)]
    [InlineData(429, """{"detail":"API requests too frequent endpoint threshold=4.5"}""", SpotErrorIds.RequestThrottled)]
    [InlineData(503, "", SpotErrorIds.ServiceFailed)]
    [InlineData(302, "", SpotErrorIds.ServiceFailed)]
    public void The_code_and_the_sentence_tell_what_a_refusal_is_and_not_the_status(int status, string body, string expected)
    {
        Assert.Equal(expected, Classify(status, body, expected == SpotErrorIds.InstanceNotFound ? "DestroyInstance" : VastClient.CreateOperation).ErrorId);
    }

    [Theory]
    [InlineData("API requests too frequent: endpoint threshold=4.5", 4.5)]
    [InlineData("""{"detail":"API requests too frequent endpoint threshold=3"}""", 3)]
    [InlineData("API requests too frequent", 0)]
    public void A_slow_down_names_its_interval_in_text_or_json(string body, double seconds)
    {
        var reply = new VastReply(429, body, null);
        Assert.True(VastErrors.IsThrottled(reply));
        Assert.Equal(seconds == 0 ? null : TimeSpan.FromSeconds(seconds), VastErrors.ThresholdOf(reply));
    }

    [Fact]
    public void A_key_that_the_service_repeats_is_blotted_out()
    {
        var error = Classify(400, """{"error":"invalid_args","msg":"bad request /api/v0/x?api_key=abc&y=1 for key s3cr3t-key"}""");
        Assert.DoesNotContain("s3cr3t-key", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abc", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_services_own_code_is_kept()
    {
        Assert.Equal("insufficient_credit", Classify(400, """{"error":"insufficient_credit"}""").ServiceCode);
        Assert.Equal("HTTP 404", Classify(404, "").ServiceCode);
    }

    private static SpotException Classify(int status, string body, string operation = VastClient.CreateOperation) =>
        VastErrors.From(
            new VastReply(status, body, null),
            new VastCall(operation, HttpMethod.Put, "/api/v0/asks/7/", VastEndpoint.Create) { Target = "7" },
            new VastKey("s3cr3t-key", "test"));
}
