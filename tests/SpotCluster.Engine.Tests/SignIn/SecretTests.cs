using System.CommandLine;
using SpotCluster.Cli;
using SpotCluster.Cli.Running;
using Xunit;

namespace SpotCluster.Engine.Tests.SignIn;

/// <summary>
/// No secret in any stream, file, JSON or transcript: every command is run as loud as it can, when all goes well and when
/// AWS quotes the secret itself. The commands are listed by reflection, so a new one is run too.
/// </summary>
[Collection(EnvironmentGuard.Collection)]
public sealed class SecretTests : IDisposable
{
    /// <summary>Long enough for every command that ends by itself; those that serve until they are stopped are stopped then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Serving = TimeSpan.FromSeconds(1);

    /// <summary>What a command needs to do its work instead of complaining about its options, in the order of a life.</summary>
    private static readonly (string Command, string Options)[] Known =
    [
        ("config new", "--filter-tag-value blue --configuration-path other.yaml --force"),
        ("create", "--name demo --count 1"),
        ("user-data", "--name demo"),
        ("offers", "--provider aws --region us-east-1 --instance-type t3.medium"),
        ("prices", "--region us-east-1 --instance-type t3.medium"),
        ("rent", "--offer-id 1 --image ubuntu --disk 10 --force"),
        ("reserve", "--offer-id 1 --image ubuntu --disk 10 --force"),
        ("auto", "--max-hourly-price 9 --count 1 --image ubuntu --disk 10 --force"),
        ("destroy", "--name demo --force"),
        ("nuke", "--force"),
        ("destroy-all", "--force"),
    ];

    private static readonly string[] OfVast = ["rent", "reserve", "auto", "instances", "destroy-all", "rehearse"];

    private readonly EnvironmentGuard _environment = new();

    public void Dispose() => _environment.Dispose();

    [Theory]
    [InlineData(Trouble.None)]
    [InlineData(Trouble.WrongSignature)]
    [InlineData(Trouble.ServiceQuotesSecrets)]
    [InlineData(Trouble.BrokenFiles)]
    public async Task No_console_command_shows_a_secret(Trouble trouble)
    {
        await using var world = await SecretWorld.StartAsync();
        world.Arm(trouble);

        var words = new List<(string Words, Command Command)>();
        Collect(CliApplication.Root, "", words);
        var order = Known.Select(known => known.Command).ToList();
        Assert.All(order, known => Assert.Contains(known, words.Select(leaf => leaf.Words)));

        // What removes comes last; what nobody here knows comes in between.
        foreach (var (name, command) in words.OrderBy(leaf => order.IndexOf(leaf.Words) is >= 0 and var at && at < 8 ? at : order.Contains(leaf.Words) ? 1000 : 500))
        {
            // The rehearsal has a cloud of its own, where nothing goes wrong as here.
            if (name == "rehearse" && trouble is not Trouble.None)
            {
                continue;
            }

            var options = Known.FirstOrDefault(known => known.Command == name).Options ?? "";
            var isOfAws = command.Options.Any(option => option.Name == "--profile-name") && !OfVast.Contains(name);
            foreach (var way in isOfAws ? ["--profile-name work --verbose", "--profile-name dev --verbose --json"] : new[] { "--verbose --json" })
            {
                using var stop = new CancellationTokenSource(name is "backend" or "simulator" or "auto" || name.StartsWith("agent", StringComparison.Ordinal) ? Serving : Patience);
                var before = Directory.GetCurrentDirectory();
                Directory.SetCurrentDirectory(world.Folder);
                try
                {
                    var line = $"{name} {options} {way}";
                    var result = await CliRunner.RunAsync(line, engine => new EngineSession(engine with { JournalDirectory = world.Journal }), null, stop.Token);
                    world.RequireClean(line, result.Out + result.Error);
                    Assert.NotEqual("", result.Out + result.Error);
                }
                finally
                {
                    Directory.SetCurrentDirectory(before);
                }
            }
        }

        world.RequireCleanFiles();
        Assert.Equal(trouble is Trouble.BrokenFiles, world.Cloud.Calls.Of("GetCallerIdentity").Count == 0);
        if (trouble is Trouble.None)
        {
            Assert.NotEmpty(world.Cloud.Calls.Of("CreateFleet"));
        }
    }

    [Theory]
    [InlineData(Trouble.None)]
    [InlineData(Trouble.WrongSignature)]
    [InlineData(Trouble.ServiceQuotesSecrets)]
    [InlineData(Trouble.BrokenFiles)]
    public async Task No_cmdlet_shows_a_secret(Trouble trouble)
    {
        Assert.SkipUnless(Tool.IsOnPath("pwsh"), "pwsh is not on PATH");
        var module = FindModule();
        Assert.SkipWhen(module is null, "out/SpotCluster is not built");
        await using var world = await SecretWorld.StartAsync();
        world.Arm(trouble);

        var script = Path.Combine(world.Folder, "all.ps1");
        await File.WriteAllTextAsync(script, EveryCmdlet);
        var run = await Tool.RunAsync("pwsh", world.Variables, "-NoProfile", "-NonInteractive", "-File", script, module!, world.Folder);
        Assert.True(run.ExitCode == 0, run.ToString());
        world.RequireClean("a cmdlet", run.Out + run.Error);
        world.RequireCleanFiles();

        // The script has run them all, and they have said something.
        var ran = run.Out.Split('\n').Where(line => line.StartsWith("#### ", StringComparison.Ordinal)).Select(line => line[5..].Split(' ')[0]).Distinct().ToList();
        Assert.Contains("Get-SpotIdentity", ran);
        Assert.Contains("Connect-SpotSso", ran);
        Assert.True(ran.Count >= 20, string.Join(", ", ran));
        Assert.Contains(
            trouble switch
            {
                Trouble.WrongSignature => "SignatureInvalid",
                Trouble.ServiceQuotesSecrets => "InvalidParameterValue",
                Trouble.BrokenFiles => "Cannot parse",
                _ => "123456789012",
            },
            run.Out,
            StringComparison.Ordinal);
        Assert.Equal(trouble is not Trouble.None, world.Cloud.Calls.Of("CreateFleet").Count == 0);
    }

    /// <summary>A proxy that refuses quotes its own address, and .NET puts it into the message, password and all.</summary>
    [Theory]
    [InlineData("identity")]
    [InlineData("list --json")]
    [InlineData("nuke --force --verbose")]
    [InlineData("cost --provider aws")]
    public async Task A_proxy_that_refuses_does_not_give_its_password_away(string line)
    {
        await using var proxy = await StandIn.StartAsync(_ => (403, "no"));
        var run = await Tool.SpotClusterAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = EnvironmentGuard.Home,
                ["HTTPS_PROXY"] = $"http://planted-user:PLANTED-PASSWORD@127.0.0.1:{proxy.Address.Port}/",
                ["AWS_ENDPOINT_URL"] = "https://cloud.invalid/",
                ["AWS_ACCESS_KEY_ID"] = "AKIAPROXY",
                ["AWS_SECRET_ACCESS_KEY"] = "PLANTED-SECRET-KEY",
                ["AWS_REGION"] = "us-east-1",
            },
            line.Split(' '));
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("EndpointUnreachable", run.Out + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("PLANTED", run.Out + run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", run.Out + run.Error, StringComparison.Ordinal);
    }

    private static void Collect(Command command, string words, List<(string Words, Command Command)> leaves)
    {
        if (command.Subcommands.Count == 0)
        {
            leaves.Add((words, command));
        }

        foreach (var child in command.Subcommands)
        {
            Collect(child, $"{words} {child.Name}".Trim(), leaves);
        }
    }

    private static string? FindModule()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SpotCluster.sln")))
        {
            folder = folder.Parent;
        }

        var module = folder is null ? "" : Path.Combine(folder.FullName, "out", "SpotCluster");
        return File.Exists(Path.Combine(module, "SpotCluster.psd1")) ? module : null;
    }

    /// <summary>Runs every cmdlet of the module in one runspace, all streams open, and writes whatever came out, in full.</summary>
    private const string EveryCmdlet = """
        param($Module, $Folder)
        $ErrorActionPreference = 'Continue'
        $PSStyle.OutputRendering = 'PlainText'
        Set-Location $Folder
        Start-Transcript (Join-Path $Folder transcript.txt) | Out-Null
        Import-Module $Module
        # What a cmdlet needs beyond what its parameters tell.
        $one = @{ Id = 'i-00000000000000001'; Region = 'us-east-1' }
        $known = @{
            'New-SpotCluster' = @{ Name = 'demo'; Count = 1 }
            'New-SpotConfiguration' = @{ ConfigurationPath = 'cmdlet.yaml'; FilterTagValue = 'blue' }
            'Get-SpotUserData' = @{ Name = 'demo' }
            'Find-SpotOffer' = @{ Region = 'us-east-1'; InstanceType = 't3.medium' }
            'Get-SpotPrice' = @{ Region = 'us-east-1'; InstanceType = 't3.medium' }
            'Get-SpotConfiguration' = @{ Name = '*' }
            'Remove-SpotCluster' = @{ Name = 'demo' }
            'Wait-SpotInstance' = $one; 'Set-SpotInstance' = $one; 'Start-SpotInstance' = $one; 'Stop-SpotInstance' = $one; 'Remove-SpotInstance' = $one
            'Get-SpotCluster' = @{}; 'Get-SpotInstance' = @{}; 'Measure-SpotCost' = @{}; 'Invoke-SpotNuke' = @{}
        }
        $rank = 'New', 'Connect', 'Get', 'Find', 'Measure', 'Test', 'Wait', 'Set', 'Start', 'Stop', 'Remove', 'Invoke'
        $space = [runspacefactory]::CreateRunspace($Host)
        $space.Open()
        function Invoke-Loud($Command, $Arguments) {
            "#### $Command $($Arguments | ConvertTo-Json -Compress -Depth 3)"
            $shell = [powershell]::Create()
            $shell.Runspace = $space
            $null = $shell.AddScript("Set-Location '$Folder'; if (-not (Get-Module SpotCluster)) { Import-Module '$Module' }").AddStatement()
            $null = $shell.AddCommand($Command).AddParameters($Arguments).AddParameter('Verbose').AddParameter('Debug')
            $running = $shell.BeginInvoke()
            if (-not $running.AsyncWaitHandle.WaitOne(20000)) { $null = $shell.Stop() }
            try { $out = $shell.EndInvoke($running) } catch { $out = @(); $_ | Format-List * -Force | Out-String -Width 400; $_.Exception.ToString() }
            $out | Format-List * -Force | Out-String -Width 400
            $out | ConvertTo-Json -Depth 6 -WarningAction SilentlyContinue
            foreach ($stream in 'Error', 'Warning', 'Verbose', 'Debug', 'Information') {
                foreach ($record in $shell.Streams.$stream) {
                    "[$stream] $record"
                    if ($stream -eq 'Error') { $record | Format-List * -Force | Out-String -Width 400; $record.Exception.ToString(); $record.ErrorDetails.RecommendedAction }
                }
            }
            $shell.Dispose()
        }
        $commands = Get-Command -Module SpotCluster | Where-Object Noun -NotLike '*Simulator' |
            Sort-Object { $rank.IndexOf($_.Verb) -ge 0 ? $rank.IndexOf($_.Verb) : 5 }, Name
        foreach ($command in $commands) {
            $set = $command.ParameterSets | Sort-Object IsDefault -Descending | Select-Object -First 1
            $arguments = @{}
            foreach ($parameter in $set.Parameters) {
                if ($parameter.IsMandatory) {
                    $type = $parameter.ParameterType.Name
                    $arguments[$parameter.Name] = if ($type -match 'Int|Decimal|Double') { 1 } elseif ($type -eq 'SwitchParameter') { $true } elseif ($type -eq 'TimeSpan') { [timespan]'00:01:00' } elseif ($parameter.ParameterType.IsEnum) { [enum]::GetValues($parameter.ParameterType)[0] } else { 'demo' }
                }
                if ($parameter.Name -eq 'Force') { $arguments.Force = $true }
                if ($parameter.Name -eq 'Confirm') { $arguments.Confirm = $false }
                if ($parameter.Name -eq 'Timeout' -and $set.Parameters.Name -notcontains 'Wait') { $arguments.Timeout = 1 }
            }
            if ($known[$command.Name].Id) { $arguments.Remove('InputObject') }
            if ($known.ContainsKey($command.Name)) { foreach ($key in $known[$command.Name].Keys) { $arguments[$key] = $known[$command.Name][$key] } }
            $profiles = if ($command.Parameters.ContainsKey('ProfileName')) { 'work', 'dev' } else { @('') }
            foreach ($profile in $profiles) {
                if ($profile) { $arguments.ProfileName = $profile }
                Invoke-Loud $command.Name $arguments
            }
        }
        Stop-Transcript | Out-Null
        exit 0
        """;
}
