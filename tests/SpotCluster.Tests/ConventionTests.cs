namespace SpotCluster.Tests;

/// <summary>The rules that every cmdlet is held to, read from the compiled module.</summary>
public sealed class ConventionTests
{
    // Changes nothing outside of the session.
    private static readonly HashSet<string> SessionOnly = ["Start-SpotSimulator", "Stop-SpotSimulator"];

    // Takes no item, so there is nothing that a pipeline could bring.
    private static readonly HashSet<string> WithoutItems = ["Get-SpotIdentity", "Test-SpotConfiguration"];

    // Does something else than what could be piped: an object in the pipeline is an error.
    private static readonly HashSet<string> RefusesThePipeline = ["Connect-SpotVast", "Invoke-SpotNuke", "Invoke-SpotCleanup", "Start-SpotCleanupAgent"];

    // Asks before the part that destroys something, and not before the rest.
    private static readonly HashSet<string> DestroysInPart = ["Resize-SpotCluster"];

    // Destroys nothing in a cloud, and replaces a local file only with -Force.
    private static readonly HashSet<string> ReplacesFiles = ["Connect-SpotSso", "Export-SpotReport", "New-SpotConfiguration"];

    // Takes the name of a cluster that is not there yet.
    private static readonly HashSet<string> NamesWhatIsNot = ["Get-SpotUserData"];

    // They may have to ask: whether instances are to be destroyed because the credit is used up or a budget is exceeded, about unmanaged instances, or about data.
    private static readonly HashSet<string> AsksMore =
        ["Invoke-SpotJob", "Measure-SpotCost", "New-SpotCluster", "New-SpotInstance", "Restart-SpotInstance", "Watch-SpotCluster", "Set-SpotInstance", "Start-SpotInstance", "Stop-SpotInstance"];

    // What it writes is a document for another program, or what another program wrote.
    private static readonly HashSet<string> WritesText = ["Get-SpotAgentPolicy", "Get-SpotConsoleOutput", "Get-SpotLog", "Get-SpotPolicy", "Invoke-SpotJob"];

    private static readonly HashSet<string> ReadingVerbs = ["Get", "Find", "Measure", "Test", "Wait", "Watch", "Enter"];

    // Runs what it is given, as Invoke-Command does: what that destroys is said by whoever gives it.
    private static readonly HashSet<string> RunsWhatItIsGiven = ["Invoke-SpotCommand", "Invoke-SpotJob"];

    // They read, and change something only as -OnBudgetExceeded says.
    private static readonly HashSet<string> ChangesAboveBudget = ["Measure-SpotCost", "Watch-SpotCluster"];

    private static readonly HashSet<string> DestroyingVerbs = ["Remove", "Invoke", "Unregister"];

    private static readonly HashSet<string> ApprovedVerbs =
        ["Get", "Find", "Measure", "Test", "Wait", "Watch", "Enter", "New", "Set", "Resize", "Remove", "Invoke", "Start", "Stop", "Export", "Connect", "Copy", "Restart", "Register", "Resume", "Reset", "Unregister"];

    private static readonly HashSet<string> CommonParameters =
    [
        "Verbose", "Debug", "ErrorAction", "WarningAction", "InformationAction", "ProgressAction", "ErrorVariable", "WarningVariable",
        "InformationVariable", "OutVariable", "OutBuffer", "PipelineVariable", "WhatIf", "Confirm",
    ];

    public static TheoryData<string> Cmdlets => CompiledModule.Names;

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Asks_before_it_changes_anything(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        var changes = (!ReadingVerbs.Contains(cmdlet.Verb) || ChangesAboveBudget.Contains(name)) && !SessionOnly.Contains(name);
        Assert.Equal(changes, cmdlet.SupportsShouldProcess);
        if (changes)
        {
            Assert.Equal(DestroyingVerbs.Contains(cmdlet.Verb) && !RunsWhatItIsGiven.Contains(name) ? 3 : 2, cmdlet.Impact);
            Assert.Equal(cmdlet.Impact == 3 || ReplacesFiles.Contains(name) || DestroysInPart.Contains(name) || AsksMore.Contains(name), cmdlet.Parameters.Any(parameter => parameter.Name == "Force"));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Is_named_like_its_class_and_uses_approved_words(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        Assert.Contains(cmdlet.Verb, ApprovedVerbs);
        Assert.StartsWith("Spot", cmdlet.Noun, StringComparison.Ordinal);
        Assert.Equal($"SpotCluster.Commands.{cmdlet.Verb}{cmdlet.Noun}Command", cmdlet.Type.FullName);
        Assert.True(cmdlet.Type.IsSealed);
        Assert.All(cmdlet.Parameters, parameter =>
        {
            Assert.Matches("^[A-Z][A-Za-z]+$", parameter.Name);
            Assert.DoesNotMatch("[^s]s$", parameter.Name);
            Assert.DoesNotContain(parameter.Name, CommonParameters);
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Declares_output_of_public_model_types(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        Assert.NotEmpty(cmdlet.Outputs);
        if (cmdlet.Verb == "Test")
        {
            Assert.Equal("System.Boolean", Assert.Single(cmdlet.Outputs).FullName);
            return;
        }

        if (WritesText.Contains(name))
        {
            Assert.Equal("System.String", Assert.Single(cmdlet.Outputs).FullName);
            return;
        }

        Assert.All(cmdlet.Outputs.Where(type => type.FullName != "System.Void"), type =>
        {
            Assert.Equal("SpotCluster.Model", type.Namespace);
            Assert.True(type.IsPublic && type.IsSealed);
        });
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Takes_objects_from_the_pipeline_or_refuses_it(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        Assert.Equal(
            !WithoutItems.Contains(name) && !RefusesThePipeline.Contains(name),
            cmdlet.Parameters.SelectMany(parameter => parameter.Declarations).Any(declaration => declaration.ByValue || declaration.ByPropertyName));

        // The whole object beside its columns: it tells whether it is a row.
        var byValue = cmdlet.Parameters.Where(parameter => parameter.Name != "InputObject" || parameter.Property.PropertyType.IsArray).ToList();
        Assert.All(cmdlet.Sets, set =>
            Assert.InRange(byValue.SelectMany(parameter => parameter.Declarations).Count(declaration => declaration.IsIn(set) && declaration.ByValue), 0, 1));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void What_selects_never_binds_by_the_name_of_a_property_where_objects_are_taken(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        if (cmdlet.Parameters.Any(parameter => parameter.Name == "InputObject" && parameter.Property.PropertyType.IsArray))
        {
            Assert.All(
                cmdlet.Parameters.Where(parameter => parameter.Name is "Id" or "Name" or "ClusterName" or "Region" or "Provider").SelectMany(parameter => parameter.Declarations),
                declaration => Assert.False(declaration.ByValue || declaration.ByPropertyName));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Names_take_wildcards_where_they_select_and_ids_never_do(string name)
    {
        var cmdlet = CompiledModule.Get(name);
        foreach (var parameter in cmdlet.Parameters)
        {
            var selects = parameter.Name is "Name" or "ClusterName" && cmdlet.Verb != "New" && !NamesWhatIsNot.Contains(name);
            var manyRegions = parameter.Name == "Region" && parameter.Property.PropertyType.IsArray;
            Assert.Equal(selects || manyRegions || parameter.Name == "ProfileName", parameter.Has("SupportsWildcardsAttribute"));
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Mandatory_parameters_say_what_they_want(string name) =>
        Assert.All(
            CompiledModule.Get(name).Parameters.SelectMany(parameter => parameter.Declarations).Where(declaration => declaration.Mandatory),
            declaration => Assert.False(string.IsNullOrWhiteSpace(declaration.HelpMessage)));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Takes_secrets_only_in_types_that_hide_them(string name) =>
        Assert.All(
            CompiledModule.Get(name).Parameters.Where(parameter =>
                new[] { "Password", "Secret", "Token", "ApiKey", "AccessKey" }.Any(word => parameter.Name.Contains(word, StringComparison.Ordinal))
                && !parameter.Name.EndsWith("Path", StringComparison.Ordinal)
                && !parameter.Name.EndsWith("Source", StringComparison.Ordinal)

                // AWS Tools for PowerShell uses this name for the id of a key, which is not secret.
                && parameter.Name != "AccessKey"),
            parameter => Assert.Contains(parameter.ElementType.Name, new[] { "SecureString", "PSCredential" }));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void No_parameter_is_of_a_type_that_the_import_would_have_to_load(string name) =>
        Assert.All(CompiledModule.Get(name).Parameters, parameter =>
            Assert.Contains(
                parameter.ElementType.Assembly.GetName().Name,
                new[] { "System.Private.CoreLib", "System.Private.Uri", "System.Management.Automation", "SpotCluster.Model" }));

    [Fact]
    public void One_name_has_one_type_everywhere()
    {
        foreach (var group in CompiledModule.All.SelectMany(cmdlet => cmdlet.Parameters).GroupBy(parameter => parameter.Name).Where(group => group.Key != "InputObject"))
        {
            Assert.Single(group.Select(parameter => parameter.ElementType.FullName).Distinct());
        }
    }

    [Fact]
    public void Each_cmdlet_has_a_short_file_of_its_own()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "SpotCluster", "Commands"), "*.cs");
        Assert.Equal(
            CompiledModule.All.Select(cmdlet => cmdlet.Type.Name + ".cs").Order(StringComparer.Ordinal),
            files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.InRange(File.ReadAllLines(file).Length, 1, 199));
    }
}
