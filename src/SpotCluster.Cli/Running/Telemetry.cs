using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SpotCluster.Engine.Agent;

namespace SpotCluster.Cli.Running;

/// <summary>
/// Traces and numbers for an OpenTelemetry collector, by OTLP, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one. Everything else that
/// OpenTelemetry's own variables say (headers, protocol, name of the service) is read by its packages.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string DisabledVariable = "OTEL_SDK_DISABLED";

    private static readonly string[] Sources = [CallTraces.SourceName, "Npgsql", "MySqlConnector"];
    private static readonly string[] Meters = [AgentMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "MySqlConnector"];

    private readonly TracerProvider _traces;
    private readonly MeterProvider _numbers;

    private Telemetry(bool isGrpc)
    {
        var resource = ResourceBuilder.CreateDefault().AddService(
            "spotcluster", serviceVersion: typeof(Telemetry).Assembly.GetName().Version!.ToString(3));
        resource.AddEnvironmentVariableDetector();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddAspNetCoreInstrumentation().AddOtlpExporter(Configure).Build();
        _numbers = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(Configure).Build();

        // The standard's default is HTTP, the package's is gRPC.
        void Configure(OtlpExporterOptions otlp) => otlp.Protocol = isGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
    }

    /// <summary>Starts to export; null when nobody asks for it. Disposing sends what is left, for five seconds at most.</summary>
    public static IDisposable? Start() =>
        string.IsNullOrEmpty(Variable(EndpointVariable)) || string.Equals(Variable(DisabledVariable), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : new Telemetry(string.Equals(Variable(ProtocolVariable), "grpc", StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public void Dispose()
    {
        _traces.Dispose();
        _numbers.Dispose();
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name);
}
