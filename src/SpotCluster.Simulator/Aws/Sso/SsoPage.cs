using System.Net;

namespace SpotCluster.Simulator.Aws.Sso;

/// <summary>The page at which a person allows or denies a sign-in. A program posts the same form.</summary>
internal static class SsoPage
{
    private const string Html = "text/html; charset=utf-8";

    public static SimulatedResponse Answer(SimulatedSso sso, SimulatedRequest request)
    {
        var fields = QueryNode.ParseForm(request.Method == "POST" ? request.Body : request.Uri.Query.TrimStart('?'));
        var code = fields.TryGetValue("user_code", out var given) ? given : "";
        if (request.Method != "POST")
        {
            return Page(200, "Sign in to the simulator", Form(code));
        }

        var isDenied = fields.TryGetValue("decision", out var decision) && decision == "deny";
        return (isDenied ? sso.Deny(code) : sso.Approve(code))
            ? Page(200, isDenied ? "Denied" : "Approved", "<p>You can close this page.</p>")
            : Page(404, "Code not valid", $"<p>The code {WebUtility.HtmlEncode(code)} is not valid.</p>{Form("")}");
    }

    private static string Form(string code) =>
        "<form method=\"post\" action=\"/device\"><label>Code <input name=\"user_code\" value=\"" + WebUtility.HtmlEncode(code) + "\" autofocus></label> "
        + "<button name=\"decision\" value=\"approve\">Allow</button> <button name=\"decision\" value=\"deny\">Deny</button></form>";

    private static SimulatedResponse Page(int status, string title, string body) =>
        new(status, Html, $"<!doctype html><html lang=\"en\"><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>");
}
