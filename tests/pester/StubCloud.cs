using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

// A loopback server in the place of EC2 and STS that answers what a test tells it to, and lets every other request wait
// for ever: whoever gets away from it has cancelled.
public sealed class StubCloud : IDisposable
{
    private readonly HttpListener _listener = new HttpListener();
    private readonly ConcurrentQueue<HttpListenerContext> _held = new ConcurrentQueue<HttpListenerContext>();

    public StubCloud()
    {
        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Url = "http://127.0.0.1:" + ((IPEndPoint)probe.LocalEndpoint).Port + "/";
        probe.Stop();
        _listener.Prefixes.Add(Url);
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public string Url { get; }

    // "DescribeInstances us-east-1", in the order in which they came.
    public ConcurrentQueue<string> Requests { get; } = new ConcurrentQueue<string>();

    // By "DescribeInstances us-east-1" or "DescribeInstances": the body, with a status other than 200 before it as "400|...".
    public ConcurrentDictionary<string, string> Answers { get; } = new ConcurrentDictionary<string, string>();

    public bool WaitForRequests(int count, int milliseconds)
    {
        return SpinWait.SpinUntil(() => Requests.Count >= count, milliseconds);
    }

    public void Dispose()
    {
        _listener.Close();
    }

    private void Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = _listener.GetContext();
            }
            catch (Exception)
            {
                return;
            }

            ThreadPool.QueueUserWorkItem(_ => Answer(context));
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            var body = new StreamReader(context.Request.InputStream).ReadToEnd();
            var action = Regex.Match(body, "Action=([A-Za-z]+)").Groups[1].Value;
            var region = Regex.Match(context.Request.Headers["Authorization"] ?? "", "Credential=[^/]+/[^/]+/([^/]+)/").Groups[1].Value;
            string text;
            if (!Answers.TryGetValue(action + " " + region, out text) && !Answers.TryGetValue(action, out text))
            {
                _held.Enqueue(context);
                Requests.Enqueue(action + " " + region);
                return;
            }

            var status = Regex.Match(text, "^([0-9]{3})\\|");
            if (status.Success)
            {
                context.Response.StatusCode = int.Parse(status.Groups[1].Value);
                text = text.Substring(4);
            }

            var bytes = Encoding.UTF8.GetBytes(text);
            context.Response.ContentType = "text/xml";
            context.Response.OutputStream.Write(bytes, 0, bytes.Length);
            Requests.Enqueue(action + " " + region);
            context.Response.Close();
        }
        catch (Exception)
        {
            // The client has gone.
        }
    }
}
