using System.Xml;
using System.Xml.Linq;
using SpotCluster.Engine.Reports;
using SpotCluster.Model;
using SpotCluster.Simulator;

namespace SpotCluster.Engine.Tests.Reports;

/// <summary>A simulated account and a folder for pages.</summary>
internal sealed class ReportWorld : IDisposable
{
    public ReportWorld()
    {
        Lab = new ClusterLab();
        Folder = Directory.CreateTempSubdirectory("spotcluster-report-").FullName;
    }

    public ClusterLab Lab { get; }

    public string Folder { get; }

    public SimulatedClock Clock => (SimulatedClock)Lab.Cloud.Clock;

    public string PathOf(string name) => Path.Combine(Folder, name);

    public async Task<SpotReport> WriteAsync(ReportRequest? request = null, string name = "report.html", bool overwrite = false)
    {
        using var engine = Lab.Open();
        return await engine.Reports.WriteAsync(PathOf(name), request ?? new ReportRequest(), overwrite, Lab.Host, CancellationToken.None);
    }

    /// <summary>The page as XML, which it must be.</summary>
    public XDocument Read(string name = "report.html") => Parse(File.ReadAllText(PathOf(name)));

    public static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        return XDocument.Load(reader);
    }

    public void Dispose()
    {
        Lab.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
