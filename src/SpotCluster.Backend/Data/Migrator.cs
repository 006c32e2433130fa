using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace SpotCluster.Backend.Data;

/// <summary>
/// Brings the database up to date at start. A migration is an embedded file <c>NNN_name.sql</c>; where a product needs other words, its own
/// file <c>NNN_name.DIALECT.sql</c> takes the place. SQLite and PostgreSQL run all that are missing in one transaction. MySQL cannot take a
/// table back, so there each statement can be run again (<c>IF NOT EXISTS</c>), and the marker comes last: a start that was killed is
/// finished by the next one.
/// </summary>
/// <remarks>By hand: docs/backend.md says what FluentMigrator and DbUp lack of this on three products.</remarks>
internal static partial class Migrator
{
    private const string Prefix = "Migrations/";

    /// <returns>The numbers that were applied by this call, in order.</returns>
    public static Task<IReadOnlyList<int>> ApplyAsync(Database database, CancellationToken cancellationToken)
    {
        var context = new RequestContext("scheduler", "migration", cancellationToken);
        return database.WriteAsync<IReadOnlyList<int>>(context, async session =>
        {
            var dialect = database.Dialect;
            if (dialect.LockMigrations is { } take)
            {
                await session.ExecuteAsync(take);
            }

            try
            {
                return await ApplyAsync(session);
            }
            finally
            {
                if (dialect.UnlockMigrations is { } release)
                {
                    await session.ExecuteAsync(release);
                }
            }
        });
    }

    internal static IReadOnlyList<(int Number, string Name, string Sql)> Load(string dialect)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var migrations = new SortedDictionary<int, (int Number, string Name, string Sql)>();

        // The common file of a number comes before its dialects in this order, and a dialect's own replaces it.
        foreach (var resource in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(name => name.Split('.').Length))
        {
            // NNN_name.sql or NNN_name.dialect.sql
            var parts = resource[Prefix.Length..].Split('.');
            if (parts.Length == 3 && parts[1] != dialect)
            {
                continue;
            }

            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var number = int.Parse(parts[0][..3], CultureInfo.InvariantCulture);
            migrations[number] = (number, parts[0], reader.ReadToEnd());
        }

        return [.. migrations.Values];
    }

    private static async Task<List<int>> ApplyAsync(Session session)
    {
        if (session.Dialect.FormerMigrations is { } former
            && await ExistsAsync(session, former) && !await ExistsAsync(session, "sc_migrations"))
        {
            await session.ExecuteAsync($"ALTER TABLE {former} RENAME TO sc_migrations");
        }

        await session.ExecuteAsync(
            "CREATE TABLE IF NOT EXISTS sc_migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)");
        var done = (await session.QueryAsync<int>("SELECT number FROM sc_migrations")).ToHashSet();
        var known = Load(session.Dialect.Name);
        if (done.Except(known.Select(migration => migration.Number)).Any())
        {
            throw new InvalidOperationException(
                "The database was written by a newer version of the backend: run that version, or specify another database.");
        }

        var applied = new List<int>();
        foreach (var (number, name, sql) in known.Where(migration => !done.Contains(migration.Number)))
        {
            foreach (var statement in EndOfStatement().Split(sql).Where(statement => !string.IsNullOrWhiteSpace(statement)))
            {
                await session.ExecuteAsync(statement);
            }

            await session.ExecuteAsync(
                "INSERT INTO sc_migrations (number, name, applied_at) VALUES (@number, @name, @now)",
                new { number, name, now = session.NowMs });
            applied.Add(number);
        }

        return applied;
    }

    private static async Task<bool> ExistsAsync(Session session, string name) =>
        await session.FirstAsync<int>(session.Dialect.CountTables, new { name }) > 0;

    // A statement ends with the semicolon at the end of a line; a body that has some of its own stands on one line.
    [GeneratedRegex(@";[ \t]*(?:\r?\n|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex EndOfStatement();
}
