using System.Globalization;
using System.Reflection;

namespace SpotCluster.Backend.Data;

/// <summary>
/// Brings the database up to date at start. A migration is an embedded file <c>NNN_name.sql</c>, or <c>NNN_name.DIALECT.sql</c> where the
/// products differ. All that are missing run in one transaction: the database is old or new, never between.
/// </summary>
internal static class Migrator
{
    private const string Prefix = "Migrations/";

    /// <returns>The numbers that were applied by this call, in order.</returns>
    public static Task<IReadOnlyList<int>> ApplyAsync(Database database, CancellationToken cancellationToken)
    {
        var context = new RequestContext("scheduler", "migration", cancellationToken);
        return database.WriteAsync<IReadOnlyList<int>>(context, async session =>
        {
            if (database.Dialect == "postgresql")
            {
                // Two backends that start together must not both create the tables.
                await session.ExecuteAsync("SELECT pg_advisory_xact_lock(7203511)");
            }

            await session.ExecuteAsync(
                "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
            var done = (await session.QueryAsync<int>("SELECT number FROM schema_migrations")).ToHashSet();
            var known = Load(database.Dialect);
            if (done.Except(known.Select(migration => migration.Number)).Any())
            {
                throw new InvalidOperationException(
                    "The database was written by a newer version of the backend: run that version, or give another database.");
            }

            var applied = new List<int>();
            foreach (var (number, name, sql) in known)
            {
                if (!done.Contains(number))
                {
                    await session.ExecuteAsync(sql);
                    await session.ExecuteAsync(
                        "INSERT INTO schema_migrations (number, name, applied_at) VALUES (@number, @name, @now)",
                        new { number, name, now = session.NowMs });
                    applied.Add(number);
                }
            }

            return applied;
        });
    }

    internal static IReadOnlyList<(int Number, string Name, string Sql)> Load(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var migrations = new List<(int Number, string Name, string Sql)>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            // NNN_name.sql or NNN_name.dialect.sql
            var parts = resource[Prefix.Length..].Split('.');
            if (parts.Length == 3 && parts[1] != dialect)
            {
                continue;
            }

            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            migrations.Add((int.Parse(parts[0][..3], CultureInfo.InvariantCulture), parts[0], reader.ReadToEnd()));
        }

        migrations.Sort((left, right) => left.Number.CompareTo(right.Number));
        return migrations;
    }
}
