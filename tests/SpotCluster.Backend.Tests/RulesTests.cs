using SpotCluster.Backend.Data;
using SpotCluster.Backend.Endpoints;
using SpotCluster.Backend.Instances;
using SpotCluster.Backend.Security;
using SpotCluster.Backend.Terminations;
using SpotCluster.Backend.Tests.Support;
using Xunit;

namespace SpotCluster.Backend.Tests;

/// <summary>The rules that need no database.</summary>
public sealed class RulesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://localhost:5080", true)]
    [InlineData("http://[::1]:5080", true)]
    [InlineData("http://127.8.9.10:5080", true)]
    [InlineData("http://0.0.0.0:5080", false)]
    [InlineData("http://*:5080", false)]
    [InlineData("http://+:5080", false)]
    [InlineData("http://[::]:5080", false)]
    [InlineData("http://10.0.0.5:5080", false)]
    [InlineData("http://backend.example:5080", false)]
    [InlineData("https://0.0.0.0:5080", false)]
    [InlineData("ftp://127.0.0.1:5080", false)]
    [InlineData("5080", false)]
    public void Only_loopback_without_TLS(string url, bool allowed)
    {
        var options = new BackendOptions { AdminToken = TestBackend.AdminToken, Urls = [url] };
        var error = Record.Exception(() => BindingRules.Check(options));
        Assert.Equal(allowed, error is null);
        if (!allowed)
        {
            Assert.Contains(url, Assert.IsType<InvalidOperationException>(error).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_public_address_needs_TLS_or_an_explicit_word()
    {
        BindingRules.Check(new BackendOptions { AdminToken = TestBackend.AdminToken, Urls = ["http://0.0.0.0:5080"], AllowPublic = true });
        BindingRules.Check(new BackendOptions { AdminToken = TestBackend.AdminToken, Urls = ["https://0.0.0.0:5080"], CertificatePath = "c.pfx" });
    }

    [Fact]
    public void A_short_admin_token_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => BindingRules.Check(new BackendOptions { AdminToken = "short" }));

    [Theory]
    [InlineData("i-0123456789abcdef0", true)]
    [InlineData("i-01234567", true)]
    [InlineData("i-0123456789ABCDEF0", false)]
    [InlineData("i-0123456789abcdef", false)]
    [InlineData("i-0123456789abcdef0\n", false)]
    [InlineData("manual-1a2b3c4d", false)]
    [InlineData("replica-1a2b3c4d", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_ids_of_EC2_are_machines(string? text, bool valid) => Assert.Equal(valid, InstanceId.IsValid(text));

    [Fact]
    public void No_retry_comes_earlier_than_promised_and_none_later_than_a_fifth_more()
    {
        foreach (var jitter in (double[])[0, 0.5, 1])
        {
            var policy = new RetryPolicy(new BackendOptions { AdminToken = "x", Jitter = () => jitter });
            for (var attempt = 1; attempt <= 100; attempt++)
            {
                var pause = policy.Pause(attempt, FailureClass.Transient);
                var base5 = Math.Min(60, 5 * Math.Pow(2, attempt - 1));
                Assert.Equal(TimeSpan.FromMinutes(base5 * (1 + (0.2 * jitter))).TotalSeconds, pause.TotalSeconds, 3);
            }
        }
    }

    [Theory]
    [InlineData("UnauthorizedOperation", null, FailureClass.Permission)]
    [InlineData(null, "IAM permissions insufficient to terminate instance i-1", FailureClass.Permission)]
    [InlineData(null, "OperationNotPermitted: protected", FailureClass.Protected)]
    [InlineData("RequestLimitExceeded", "UnauthorizedOperation is what it is not", FailureClass.Throttled)]
    [InlineData(null, "InvalidInstanceID.Malformed: x", FailureClass.Permanent)]
    [InlineData(null, "InvalidInstanceID.NotFound: x", FailureClass.NotFound)]
    [InlineData(null, "something else", FailureClass.Transient)]
    [InlineData(null, null, FailureClass.Transient)]
    public void Errors_are_told_apart(string? code, string? text, string kind) => Assert.Equal(kind, FailureClass.Of(code, text));

    [Theory]
    [InlineData("2025-11-25T12:30:00", 0)]
    [InlineData("2025-11-25T12:30:00Z", 0)]
    [InlineData("2025-11-25T12:30:00.5Z", 500)]
    [InlineData("2025-11-25T12:30:00,250Z", 250)]
    [InlineData("2025-11-25T12:30:00.123456789Z", 123)]
    [InlineData("2025-11-25T07:00:00-05:30", 0)]
    [InlineData("2025-11-25T17:30+05", 0)]
    [InlineData("2025-11-25T18:15:00+0545", 0)]
    public void Times_of_any_offset_are_read(string text, int milliseconds)
    {
        Assert.True(TimeConverter.TryParse(text, out var time));
        Assert.Equal(new DateTimeOffset(2025, 11, 25, 12, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() + milliseconds, time.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("postgres://u:p%40w@db.example:6432/spot?sslmode=require", "Host=db.example;Port=6432;Database=spot;Username=u;Password=p@w;SSL Mode=Require")]
    [InlineData("postgresql://db/spot", "Host=db;Port=5432;Database=spot")]
    [InlineData("Host=db;Database=spot", "Host=db;Database=spot")]
    public void A_PostgreSQL_URL_is_read_and_statements_are_prepared(string url, string expected)
    {
        const string Prepared = ";Max Auto Prepare=100;Auto Prepare Min Usages=2;No Reset On Close=True";
        Assert.Equal(expected + Prepared, PostgresDatabase.ToConnectionString(url));
        Assert.Equal(expected + Prepared + ";Multiplexing=True;Maximum Pool Size=8", PostgresDatabase.ToSharedConnectionString(url));
    }

    [Fact]
    public void What_a_connection_string_of_PostgreSQL_says_stays()
    {
        const string Text = "Host=db;Database=spot;Max Auto Prepare=0;No Reset On Close=False;Multiplexing=False;Maximum Pool Size=3";
        Assert.Equal(Text, PostgresDatabase.ToConnectionString(Text));
        Assert.Equal(Text, PostgresDatabase.ToSharedConnectionString(Text));
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void The_admin_token_is_made_once_in_a_file_that_only_its_owner_reads()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are a matter of Unix");
        var folder = Directory.CreateTempSubdirectory("spotcluster-token-");
        try
        {
            var path = Path.Combine(folder.FullName, "deep", "admin.token");
            var (token, created) = AdminTokenFile.ReadOrCreate(path);
            Assert.True(created);
            Assert.True(token.Length >= 43);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal((token, false), AdminTokenFile.ReadOrCreate(path));

            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
            var error = Assert.Throws<InvalidOperationException>(() => AdminTokenFile.ReadOrCreate(path));
            Assert.DoesNotContain(token, error.Message, StringComparison.Ordinal);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllText(path, "short");
            Assert.Throws<InvalidOperationException>(() => AdminTokenFile.ReadOrCreate(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Both_products_have_the_same_migrations()
    {
        Assert.Equal(
            Migrator.Load("sqlite").Select(migration => (migration.Number, migration.Name)),
            Migrator.Load("postgresql").Select(migration => (migration.Number, migration.Name)));
        Assert.Equal(Enumerable.Range(1, Migrator.Load("sqlite").Count), Migrator.Load("sqlite").Select(migration => migration.Number));
    }
}
