using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using SpotCluster.Engine.Agent;
using SpotCluster.Model;
using static System.FormattableString;

namespace SpotCluster.Cli.Hosting;

/// <summary>
/// Runs the agent as a service of systemd or Windows where it is started by them, with its numbers for Prometheus on the loopback address
/// where a port is given.
/// </summary>
internal static class AgentHost
{
    private const string ServiceName = "SpotClusterAgent";

    /// <summary>Runs until stopped, or until the work fails.</summary>
    /// <param name="work">The agent's work.</param>
    /// <param name="metricsPort">The port for Prometheus; 0 for a free one, null for none.</param>
    /// <param name="listening">Gets the address of the numbers.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="SpotException">The port cannot be opened, or what the work throws.</exception>
    public static async Task RunAsync(Func<CancellationToken, Task> work, int? metricsPort, Action<string> listening, CancellationToken stop)
    {
        using var worker = new Worker(work);
        using var host = metricsPort is { } port ? BuildWeb(worker, port) : BuildPlain(worker);
        try
        {
            await host.StartAsync(stop).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            throw new SpotException(
                SpotErrorIds.AgentSettingInvalid, SpotErrorCategory.InvalidArgument,
                Invariant($"Cannot open the metrics port {metricsPort}: {failure.GetBaseException().Message.TrimEnd('.')}."), failure)
            {
                Target = metricsPort,
                RecommendedAction = "Specify another METRICS_PORT or --metrics-port; 0 selects a free port.",
            };
        }

        catch (OperationCanceledException)
        {
            // Stopped while it was starting, or the work failed by then.
            await host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        if (host is WebApplication { Urls.Count: > 0 } web)
        {
            listening(web.Urls.First() + "/metrics");
        }

        await host.WaitForShutdownAsync(stop).ConfigureAwait(false);
        if (worker.ExecuteTask is { } task)
        {
            await task.ConfigureAwait(false);
        }
    }

    private static IHost BuildPlain(Worker worker)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Add(builder, worker);
        return builder.Build();
    }

    private static WebApplication BuildWeb(Worker worker, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        Add(builder, worker);
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("spotcluster")).WithMetrics(metrics => metrics.AddMeter(AgentMetrics.MeterName).AddPrometheusExporter());
        var app = builder.Build();
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        app.Run(context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.NotFound;
            return Task.CompletedTask;
        });
        return app;
    }

    private static void Add(IHostApplicationBuilder builder, Worker worker)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSystemd();
        builder.Services.AddWindowsService(service => service.ServiceName = ServiceName);
        builder.Services.AddSingleton<IHostedService>(worker);
    }

    // A failure of it ends the host and is thrown to whoever started that.
    private sealed class Worker(Func<CancellationToken, Task> work) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => work(stoppingToken);
    }
}
