using SpotCluster.Model;

namespace SpotCluster.Engine.Reports;

/// <summary>Puts clusters, costs, removals and proofs onto one page that needs nothing but a browser. Changes nothing in a cloud.</summary>
public interface IReportService
{
    /// <summary>
    /// Writes the page, in one step, readable by its owner only. A region or cloud that does not answer is reported to the
    /// host and named on the page.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="request">What it is to be about.</param>
    /// <param name="overwrite">Replaces a file that is there.</param>
    /// <param name="host">Told of what could not be found out.</param>
    /// <param name="cancellationToken">Stops it; nothing is written then.</param>
    /// <exception cref="SpotException">
    /// <see cref="SpotErrorIds.ReportExists"/>, before any call; <see cref="SpotErrorIds.LocalFileFailed"/>; and those of credentials.
    /// </exception>
    Task<SpotReport> WriteAsync(string path, ReportRequest request, bool overwrite, IOperationHost host, CancellationToken cancellationToken);
}
