namespace SpotCluster.Engine.Core;

/// <summary>What a sign-in by SSO is asked for.</summary>
public sealed record SsoLoginRequest
{
    /// <summary>The <c>sso-session</c> of the config file; null for that of the engine's profile.</summary>
    public string? SessionName { get; init; }

    /// <summary>Signs in anew even when the session is good or could be renewed.</summary>
    public bool IsForced { get; init; }

    /// <summary>Told where to sign in, with which code, before the wait begins. Returns at once.</summary>
    public required Action<SsoDeviceCode> Show { get; init; }
}

/// <summary>What a person needs to sign in.</summary>
/// <param name="Session">Name of the session, or its start URL.</param>
/// <param name="Address">Where to type the code.</param>
/// <param name="AddressWithCode">The same with the code in it.</param>
/// <param name="UserCode">The code.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record SsoDeviceCode(string Session, Uri Address, Uri AddressWithCode, string UserCode, DateTimeOffset ExpiresAt)
{
    /// <summary>What the user does.</summary>
    public string Instruction => $"To sign in to {Session}, open {Address} and enter the code {UserCode}";

    /// <summary>What the user does where no browser could be opened.</summary>
    public string WithoutBrowser => $"No browser could be opened. Open {AddressWithCode} on any device.";

    /// <summary>Opens the address in the user's browser. False when there is none.</summary>
    public bool TryOpenBrowser()
    {
        try
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(AddressWithCode.AbsoluteUri) { UseShellExecute = true });
            return true;
        }
        catch (Exception failure) when (failure is System.ComponentModel.Win32Exception or InvalidOperationException or PlatformNotSupportedException or FileNotFoundException)
        {
            return false;
        }
    }
}
