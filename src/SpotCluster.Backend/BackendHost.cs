using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SpotCluster.Backend.Administration;
using SpotCluster.Backend.Agents;
using SpotCluster.Backend.Data;
using SpotCluster.Backend.Endpoints;
using SpotCluster.Backend.Hosting;
using SpotCluster.Backend.Journal;
using SpotCluster.Backend.Original;
using SpotCluster.Backend.Replicas;
using SpotCluster.Backend.Security;
using SpotCluster.Backend.Statistics;
using SpotCluster.Backend.Terminations;

namespace SpotCluster.Backend;

/// <summary>Builds and runs the termination backend.</summary>
public static class BackendHost
{
    /// <summary>Runs until cancelled, then lets the requests in hand come to their end.</summary>
    /// <param name="options">How to run.</param>
    /// <param name="started">Gets the addresses as soon as it listens, with the real port where 0 was asked for.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidOperationException">An address, token or database that the options do not allow.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task RunAsync(BackendOptions options, Action<IReadOnlyCollection<string>>? started, CancellationToken cancellationToken)
    {
        await using var app = await CreateAsync(options, cancellationToken);
        await app.StartAsync(cancellationToken);
        started?.Invoke([.. app.Urls]);
        await app.WaitForShutdownAsync(cancellationToken);
    }

    /// <summary>Checks the options, brings the database up to date and builds the application, not yet started.</summary>
    /// <exception cref="InvalidOperationException">An address, token or database that the options do not allow.</exception>
    public static async Task<WebApplication> CreateAsync(BackendOptions options, CancellationToken cancellationToken)
    {
        BindingRules.Check(options);
        var database = Database.Open(options.Database, options.Clock);
        try
        {
            await OriginalDatabase.RequireImportedAsync(database, cancellationToken);
            await Migrator.ApplyAsync(database, cancellationToken);
            return Build(options, database, await OriginalDatabase.AttachAsync(database, cancellationToken));
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    private static WebApplication Build(BackendOptions options, Database database, OriginalDatabase? original)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });

        // Only the options decide: no appsettings.json or variable of the surroundings opens another address.
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // What keeps the host from starting is thrown, and told once by whoever started it.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (options.LogToConsole)
        {
            builder.Logging.AddSimpleConsole(line =>
            {
                line.SingleLine = true;
                line.UseUtcTimestamp = true;
                line.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
                console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        }

        var services = builder.Services;
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => WireJson.Configure(json.SerializerOptions));
        services.AddOpenApi(ApiDocument.Configure);
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddHostedService<EventLog>();

        // Through a factory, so that the container closes it at the end.
        services.AddSingleton(_ => database);
        services.AddSingleton(new OriginalWatch(original));
        services.AddSingleton(options);
        services.AddSingleton(options.Clock);
        AccessPolicies.Add(services);

        // As a service of systemd or Windows it says when it is up, and logs as that wants it; everywhere else these do nothing.
        services.AddSystemd();
        services.AddWindowsService(service => service.ServiceName = "SpotClusterBackend");
        services.AddSingleton<Sightings>();
        services.AddSingleton<ClaimService>();
        services.AddSingleton<ReportService>();
        services.AddSingleton<ClockSkewService>();
        services.AddSingleton<RegistrationService>();
        services.AddSingleton<SettingsService>();
        services.AddSingleton<ReportsService>();
        services.AddSingleton<ReplicaService>();
        services.AddSingleton<AdminService>();
        services.AddSingleton<OverviewService>();
        services.AddSingleton<FleetService>();
        services.AddSingleton<StatisticsService>();
        services.AddSingleton<MetricsService>();
        services.AddSingleton<Scheduler>();
        services.AddHostedService(provider => provider.GetRequiredService<Scheduler>());

        var app = builder.Build();
        app.UseMiddleware<Errors>();
        app.Use((http, next) =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.ContentSecurityPolicy =
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; "
                + "base-uri 'none'; frame-ancestors 'none'";
            headers["Referrer-Policy"] = "no-referrer";
            return next(http);
        });
        app.UseRouting();
        app.Use((http, next) => http.GetEndpoint() is null ? throw ApiException.NotFound("path_not_found", "This path does not exist") : next(http));
        app.UseAuthentication();
        app.UseAuthorization();
        AgentEndpoints.Map(app);
        ReplicaEndpoints.Map(app);
        AdminEndpoints.Map(app);
        SystemEndpoints.Map(app);
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, BackendOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        if (options.CertificatePath is { } path)
        {
            var certificate = X509CertificateLoader.LoadPkcs12FromFile(path, options.CertificatePassword);
            kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate);
        }
    }
}
