using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Web;
using SpotCluster.Engine.Aws.Session;
using SpotCluster.Engine.Configuration;

namespace SpotCluster.Engine.Tests.Ec2;

/// <summary>Answers each operation from a script: the last answer of an operation stays.</summary>
internal sealed class ScriptedTransport : HttpMessageHandler
{
    private readonly ConcurrentDictionary<string, Queue<Func<ScriptedCall, HttpResponseMessage>>> _scripts = new();

    public ConcurrentQueue<ScriptedCall> Calls { get; } = new();

    public JumpingClock Clock { get; } = new();

    public ScriptedTransport On(string operation, params Func<ScriptedCall, HttpResponseMessage>[] answers)
    {
        _scripts[operation] = new Queue<Func<ScriptedCall, HttpResponseMessage>>(answers);
        return this;
    }

    public int Count(string operation) => Calls.Count(call => call.Operation == operation);

    public AwsSession Open(ICallObserver? observer = null, string? profile = null) =>
        new(new EngineOptions { Transport = this, Clock = Clock, CallObserver = observer, ProfileName = profile });

    public static Func<ScriptedCall, HttpResponseMessage> Xml(string body, int status = 200) =>
        _ => Answer(status, "text/xml", body);

    public static Func<ScriptedCall, HttpResponseMessage> Ec2(string operation, string members) =>
        Xml($"<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>req-1</requestId>{members}</{operation}Response>");

    public static Func<ScriptedCall, HttpResponseMessage> Error(int status, string code, string message = "Said by AWS.") =>
        Xml($"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>req-9</RequestID></Response>", status);

    public static Func<ScriptedCall, HttpResponseMessage> StsError(int status, string code, string message = "Said by STS.") =>
        Xml(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            + $"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>sts-9</RequestId></ErrorResponse>",
            status);

    public static Func<ScriptedCall, HttpResponseMessage> Identity { get; } = Xml(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
        + "<Arn>arn:aws:iam::210987654321:user/ann</Arn><UserId>AIDA</UserId><Account>210987654321</Account>"
        + "</GetCallerIdentityResult><ResponseMetadata><RequestId>sts-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>");

    public static Func<ScriptedCall, HttpResponseMessage> Regions { get; } = Ec2(
        "DescribeRegions",
        "<regionInfo><item><regionName>us-east-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
        + "<item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>"
        + "<item><regionName>ap-east-1</regionName><optInStatus>opted-in</optInStatus></item></regionInfo>");

    public static Func<ScriptedCall, HttpResponseMessage> Throw(Func<Exception> exception) => _ => throw exception();

    public static HttpResponseMessage Answer(int status, string? type, string body)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return new HttpResponseMessage((HttpStatusCode)status) { Content = content };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var target = request.Headers.TryGetValues("X-Amz-Target", out var values) ? values.First().Split('.')[1] : null;
        var form = target is null
            ? HttpUtility.ParseQueryString(body) is var pairs ? pairs.AllKeys.ToDictionary(key => key!, key => pairs[key]!) : []
            : [];
        var call = new ScriptedCall(
            target ?? form["Action"],
            request.RequestUri!,
            form,
            request.Headers.TryGetValues("Authorization", out var signature) ? signature.First() : "",
            body,
            cancellationToken);
        Calls.Enqueue(call);
        if (!_scripts.TryGetValue(call.Operation, out var script))
        {
            return Answer(500, "text/html", "<!DOCTYPE html><html><body>not in the script</body></html>");
        }

        Func<ScriptedCall, HttpResponseMessage> answer;
        lock (script)
        {
            answer = script.Count > 1 ? script.Dequeue() : script.Peek();
        }

        await Task.Yield();
        return answer(call);
    }
}

internal sealed record ScriptedCall(
    string Operation,
    Uri Uri,
    IReadOnlyDictionary<string, string> Form,
    string Authorization,
    string Body,
    CancellationToken Stop);
