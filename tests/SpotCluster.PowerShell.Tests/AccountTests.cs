using System.Net;

namespace SpotCluster.PowerShell.Tests;

/// <summary>Tests that set variables of the process.</summary>
[CollectionDefinition(nameof(OfTheProcess), DisableParallelization = true)]
public sealed class OfTheProcess;

/// <summary>Several profiles at once, and keys that are given: two simulated accounts, each at an address of its own.</summary>
[Collection(nameof(OfTheProcess))]
public sealed class AccountTests : IDisposable
{
    private const string Secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";
    private readonly ModuleSession _session = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("spotcluster-accounts-").FullName;
    private readonly ServedCloud _first;
    private readonly ServedCloud _second;

    public AccountTests()
    {
        _first = new ServedCloud(_session, "111111111111");
        _second = new ServedCloud(_session, "222222222222");
        _session.Must("Stop-SpotSimulator");
        var config = Path.Combine(_folder, "config");
        File.WriteAllText(config, Profile("first", _first) + Profile("second", _second) + Profile("again", _first) + "[profile broken]\nrole_arn = nothing\n");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", config);
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(_folder, "none"));
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        Environment.SetEnvironmentVariable("XDG_STATE_HOME", _folder);
        Environment.SetEnvironmentVariable("SPOTCLUSTER_REGIONS", "us-east-1");
    }

    public void Dispose()
    {
        foreach (var name in new[] { "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED", "XDG_STATE_HOME", "SPOTCLUSTER_REGIONS" })
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        _session.Dispose();
        _first.Dispose();
        _second.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Each_account_is_asked_once_and_every_object_says_which_it_is_of()
    {
        Assert.Equal(["111111111111", "222222222222"], Accounts("Get-SpotIdentity -ProfileName first, second, again"));
        _session.Must("'first', 'second' | ForEach-Object { $null = New-SpotCluster demo -Region us-east-1 -ProfileName $_ }");
        string[] commands = ["Get-SpotInstance", "Get-SpotCluster", "Get-SpotResource -Type instance", "Measure-SpotCost -Scope Total"];
        Assert.All(commands, command => Assert.Equal(["111111111111", "222222222222"], Accounts($"{command} -ProfileName first, second").Order()));

        // What cannot be used is an error, and the others are used.
        var outcome = _session.Run("Get-SpotCluster -ProfileName * | ForEach-Object AccountId");
        Assert.Equal(["111111111111", "222222222222"], outcome.Texts.Order());
        Assert.Single(outcome.Errors);
    }

    [Fact]
    public void A_command_for_one_account_refuses_several_before_any_call()
    {
        string[] commands =
        [
            "New-SpotCluster x -Region us-east-1", "Resize-SpotCluster x -Count 2", "Get-SpotPrice t3.micro", "Remove-SpotInstance i-0123456789abcdef0 -Force",
        ];
        Assert.All(commands, command =>
        {
            var outcome = _session.Run($"{command} -ProfileName first, second");
            Assert.Equal("ParameterInvalid", Assert.Single(outcome.ErrorIds));
            Assert.Contains("first, second", outcome.Errors[0].ToString(), StringComparison.Ordinal);
        });
        Assert.Equal("ProfileNotFound", Assert.Single(_session.Run("Get-SpotInstance -ProfileName nosuch*").ErrorIds));
        Assert.Equal(0, _first.Calls + _second.Calls);
    }

    [Fact]
    public void The_removal_asks_for_each_account_and_each_has_its_own_proof()
    {
        _session.Must("'first', 'second' | ForEach-Object { $null = New-SpotCluster demo -Region us-east-1 -ProfileName $_ }");
        var preview = _session.Run("Invoke-SpotNuke -ProfileName first, second -WhatIf -Verbose 4>&1 | ForEach-Object { \"$_\" }");
        Assert.All(["111111111111", "222222222222"], account => Assert.Contains(preview.WhatIf, line => line.Contains($"account {account}", StringComparison.Ordinal)));

        // A cluster that was piped is meant in its own account.
        var refused = _session.Run("Get-SpotCluster -ProfileName first | Remove-SpotCluster -ProfileName second -Force");
        Assert.Equal("AccountChanged", Assert.Single(refused.ErrorIds));
        var proofs = _session.Must("Remove-SpotCluster demo -ProfileName first, second -Force -Summary");
        Assert.Equal(["111111111111", "222222222222"], proofs.Select(proof => proof.Properties["AccountId"].Value.ToString()).Order());
        Assert.All(proofs, proof => Assert.Equal(true, proof.Properties["Proven"].Value));
        Assert.Empty(_session.Must("Get-SpotResource -ProfileName first, second"));
    }

    [Fact]
    public void Keys_are_taken_from_parameters_and_from_the_session_and_written_nowhere()
    {
        string[] ways =
        [
            $"Get-SpotIdentity -AccessKey AKIAGIVEN -SecretKey {Secret} -SessionToken {Secret}TOKEN",
            $"Get-SpotIdentity -AccessKey AKIAGIVEN -SecretKey (ConvertTo-SecureString {Secret} -AsPlainText -Force)",
            $"Get-SpotIdentity -Credential ([pscredential]::new('AKIAGIVEN', (ConvertTo-SecureString {Secret} -AsPlainText -Force)))",
            $"$StoredAWSCredentials = [pscredential]::new('AKIAGIVEN', (ConvertTo-SecureString {Secret} -AsPlainText -Force)); Get-SpotIdentity",
            $$"""
            Add-Type 'namespace Sdk { public class Keys { public string AccessKey => "AKIAGIVEN"; public string SecretKey => "{{Secret}}"; public string Token => ""; }
                public class Credentials { public Keys GetCredentials() => new(); } public class Stored { internal Credentials Credentials => new(); } }' -ErrorAction Ignore
            $StoredAWSCredentials = [Sdk.Stored]::new(); Get-SpotIdentity
            """,
        ];
        foreach (var way in ways)
        {
            var outcome = _session.Run($"$PSDefaultParameterValues = @{{ '*-Spot*:EndpointUrl' = '{_second.Address}' }}; & {{ {way} -Verbose -Debug *>&1 }}");
            Assert.Contains(outcome.Output, line => line.Properties["AccountId"]?.Value?.ToString() == "222222222222");
            Assert.DoesNotContain(Secret, string.Join("\n", outcome.Texts) + _session.Shown + string.Join("\n", outcome.Errors.Select(error => error.ToString())), StringComparison.Ordinal);
        }

        Assert.Equal("222222222222", Accounts("$StoredAWSCredentials = 'second'; Get-SpotIdentity").Single());
    }

    [Theory]
    [InlineData("-AccessKey AKIAGIVEN")]
    [InlineData("-SecretKey x")]
    [InlineData("-AccessKey AKIAGIVEN -SecretKey x -ProfileName first")]
    [InlineData("-AccessKey AKIAGIVEN -SecretKey x -Credential y")]
    public void Keys_that_do_not_belong_together_are_refused(string parameters)
    {
        Assert.Equal("ParameterInvalid", Assert.Single(_session.Run($"Get-SpotIdentity {parameters}").ErrorIds));
        Assert.Equal(0, _first.Calls + _second.Calls);
    }

    private static string Profile(string name, ServedCloud cloud) =>
        $"[profile {name}]\naws_access_key_id = AKIA{name.ToUpperInvariant()}\naws_secret_access_key = {Secret}\nendpoint_url = {cloud.Address}\nregion = us-east-1\n";

    private List<string> Accounts(string script) => [.. _session.Must(script).Select(item => item.Properties["AccountId"].Value.ToString()!)];

    /// <summary>A simulated cloud of the module at an address of this computer.</summary>
    private sealed class ServedCloud : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly dynamic _cloud;

        public ServedCloud(ModuleSession session, string account)
        {
            _cloud = Assert.Single(session.Must($$"""
                $assembly = (Get-Command Start-SpotSimulator).ImplementingType.Assembly.GetType('SpotCluster.Common.SpotSession').GetProperty('Simulator').PropertyType.Assembly
                $options = [Activator]::CreateInstance($assembly.GetType('SpotCluster.Simulator.SimulatorOptions'))
                $options.GetType().GetProperty('Clock').SetValue($options, [TimeProvider]::System)
                $options.GetType().GetProperty('AccountId').SetValue($options, '{{account}}')
                foreach ($time in 'PendingTime', 'ShutdownTime', 'InterfaceLinger') { $options.GetType().GetProperty($time).SetValue($options, [timespan]::FromMilliseconds(100)) }
                [Activator]::CreateInstance($assembly.GetType('SpotCluster.Simulator.SimulatedCloud'), $options)
                """)).BaseObject;
            using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            }

            _listener.Prefixes.Add(Address + "/");
            _listener.Start();
            _ = Task.Run(ServeAsync);
        }

        public string Address { get; }

        public int Calls => _cloud.Calls.Count;

        public void Dispose()
        {
            _listener.Close();
            _cloud.Dispose();
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync().ConfigureAwait(false);
                    _ = Task.Run(() => AnswerAsync(context));
                }
                catch (Exception end) when (end is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        private async Task AnswerAsync(HttpListenerContext context)
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.HttpMethod), context.Request.Url) { Content = new StreamContent(context.Request.InputStream) };
            foreach (string? name in context.Request.Headers)
            {
                if (!request.Headers.TryAddWithoutValidation(name!, context.Request.Headers[name]))
                {
                    request.Content.Headers.TryAddWithoutValidation(name!, context.Request.Headers[name]);
                }
            }

            using HttpResponseMessage response = await ((Task<HttpResponseMessage>)_cloud.HandleAsync(request, CancellationToken.None)).ConfigureAwait(false);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await response.Content.CopyToAsync(context.Response.OutputStream).ConfigureAwait(false);
            context.Response.Close();
        }
    }
}
