using System.Globalization;
using Newtonsoft.Json.Linq;
using SpotCluster.Model;

namespace SpotCluster.Engine.Vast;

/// <summary>
/// The end of an instance: when it expires, and how long its GPUs may be idle. It is written in the instance's environment by
/// the create call, so that every computer that lists it knows it, and a script in its on-start destroys the instance with the
/// key that Vast.ai gives to each instance for itself.
/// </summary>
/// <param name="ExpiresAt">When it is to be gone; null for no end.</param>
/// <param name="MaxIdle">How long the GPU load may be below 5 percent; null for ever.</param>
internal sealed record VastLifetime(DateTimeOffset? ExpiresAt, TimeSpan? MaxIdle)
{
    /// <summary>Longest on-start script, characters.</summary>
    private const int MostOnStart = 4048;

    private const string ExpiresKey = "SPOTCLUSTER_EXPIRES_AT";

    private const string IdleKey = "SPOTCLUSTER_MAX_IDLE";

    public bool IsSet => ExpiresAt is not null || MaxIdle is not null;

    /// <summary>What a row tells; nothing set where it tells nothing.</summary>
    public static VastLifetime Of(JObject row)
    {
        var environment = new JObject();
        switch (row["extra_env"])
        {
            case JArray pairs:
                foreach (var pair in pairs.OfType<JArray>().Where(pair => pair.Count == 2))
                {
                    environment[pair[0].ToString()] = pair[1];
                }

                break;
            case JObject named:
                environment = named;
                break;
        }

        return new VastLifetime(
            environment.Instant(ExpiresKey),
            environment.Number(IdleKey) is { } seconds and > 0 and < 1e9m ? TimeSpan.FromSeconds((double)seconds) : null);
    }

    /// <summary>The environment of the instance with its end in it.</summary>
    public IEnumerable<KeyValuePair<string, string>> Extend(IEnumerable<KeyValuePair<string, string>> environment) =>
    [
        .. environment,
        .. ExpiresAt is { } end ? [new(ExpiresKey, end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))] : Array.Empty<KeyValuePair<string, string>>(),
        .. MaxIdle is { } idle ? [new(IdleKey, ((long)idle.TotalSeconds).ToString(CultureInfo.InvariantCulture))] : Array.Empty<KeyValuePair<string, string>>(),
    ];

    /// <summary>The on-start script of the instance: the watch over its end, then what the user gave.</summary>
    /// <exception cref="SpotException"><see cref="SpotErrorIds.ParameterInvalid"/> when the two together are too long.</exception>
    public string? OnStart(string? script, string address)
    {
        var whole = IsSet ? Watch(address) + "\n" + script : script;
        return whole is not { Length: > MostOnStart } ? whole : throw new SpotException(
            SpotErrorIds.ParameterInvalid, SpotErrorCategory.InvalidArgument,
            FormattableString.Invariant($"The on-start script has {whole.Length} characters{(IsSet ? ", including the time to live script" : "")}, more than the {MostOnStart} that Vast.ai allows."))
        {
            RecommendedAction = "Download the longer script in a short one.",
        };
    }

    // In the plain shell, with whichever of three programs the image has. A key that may not destroy can at least stop, which ends the bill of the GPU.
    private static string Watch(string address) => $$"""
        # SpotCluster: the end of this instance
        cat > "${TMPDIR:-/tmp}/spotcluster-end.sh" <<'END_OF_WATCH'
        u={{address}}/api/v0/instances/$CONTAINER_ID/
        call() {
          if command -v curl >/dev/null; then curl -fsS -m 60 -X "$1" -H "Authorization: Bearer $CONTAINER_API_KEY" -H 'Content-Type: application/json' -d "$2" "$u"
          elif command -v wget >/dev/null; then wget -qO- -T 60 --method="$1" --header="Authorization: Bearer $CONTAINER_API_KEY" --header='Content-Type: application/json' --body-data="$2" "$u"
          else python3 -c 'import os,sys,urllib.request as r;r.urlopen(r.Request(sys.argv[3],sys.argv[2].encode(),{"Authorization":"Bearer "+os.environ["CONTAINER_API_KEY"],"Content-Type":"application/json"},method=sys.argv[1]),timeout=60)' "$1" "$2" "$u"
          fi
        }
        busy=$(date +%s)
        while :; do
          now=$(date +%s); end=
          [ -n "$SPOTCLUSTER_EXPIRES_AT" ] && [ "$now" -ge "$SPOTCLUSTER_EXPIRES_AT" ] && end=expired
          if [ -n "$SPOTCLUSTER_MAX_IDLE" ]; then
            load=$(nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits 2>/dev/null | sort -n | tail -n 1)
            case "$load" in ''|*[!0-9]*) busy=$now ;; *) [ "$load" -ge 5 ] && busy=$now ;; esac
            [ $((now - busy)) -ge "$SPOTCLUSTER_MAX_IDLE" ] && end=idle
          fi
          [ -n "$end" ] && { echo "$now $end"; call DELETE '{}' || call PUT '{"state":"stopped"}'; }
          sleep 30
        done
        END_OF_WATCH
        nohup sh "${TMPDIR:-/tmp}/spotcluster-end.sh" >"${TMPDIR:-/tmp}/spotcluster-end.log" 2>&1 &
        """;
}
