namespace SpotCluster.Simulator.Aws;

/// <summary>A role of the account with what hangs on it.</summary>
internal sealed class IamRole
{
    public required string Name { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>Names of its own policies.</summary>
    public List<string> Policies { get; } = [];

    /// <summary>ARNs of the policies that are attached to it.</summary>
    public List<string> Attached { get; } = [];

    /// <summary>The instance profiles that it is in, by name, with their tags.</summary>
    public SortedDictionary<string, IReadOnlyDictionary<string, string>> Profiles { get; } = new(StringComparer.Ordinal);
}

/// <summary>AWS Identity and Access Management: the alias of the account, and its roles with their instance profiles.</summary>
internal sealed class IamService(AwsAccount account) : IAwsService
{
    private const string Namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

    public string SigningName => "iam";

    public SimulatedResponse Answer(AwsCall call)
    {
        if (account.IsDenied(call.Operation) || account.IsDenied("iam:" + call.Operation))
        {
            throw new ServiceFaultException(
                403, "AccessDenied", $"User: {account.Arn} is not authorized to perform: iam:{call.Operation} on resource: *");
        }

        var body = new XmlBody();
        lock (account.Roles)
        {
            switch (call.Operation)
            {
                case "ListAccountAliases":
                    body.Text("IsTruncated", false).Element("AccountAliases", () => body.Text("member", account.Alias));
                    break;
                case "GetAccountAuthorizationDetails":
                    body.Text("IsTruncated", false).Element("RoleDetailList", () => account.Roles.ForEach(role => body.Element("member", () => Write(body, role, inDetail: true))));
                    break;
                case "GetRole":
                    body.Element("Role", () => Write(body, Role(call), inDetail: false));
                    break;
                case "GetInstanceProfile":
                    var (holder, name) = Profile(call);
                    body.Element("InstanceProfile", () => Write(body, holder, name));
                    break;
                case "ListInstanceProfilesForRole":
                    var role = Role(call);
                    body.Text("IsTruncated", false).Element("InstanceProfiles", () => role.Profiles.Keys.ToList().ForEach(profile => body.Element("member", () => Write(body, role, profile))));
                    break;
                case "ListRolePolicies":
                    body.Text("IsTruncated", false).Element("PolicyNames", () => Role(call).Policies.ForEach(policy => body.Text("member", policy)));
                    break;
                case "ListAttachedRolePolicies":
                    body.Text("IsTruncated", false).Element("AttachedPolicies", () => Role(call).Attached.ForEach(arn => body.Element("member", () => body.Text("PolicyArn", arn))));
                    break;
                case "DeleteRolePolicy":
                    Role(call).Policies.Remove(call.Query.Required("PolicyName"));
                    break;
                case "DetachRolePolicy":
                    Role(call).Attached.Remove(call.Query.Required("PolicyArn"));
                    break;
                case "RemoveRoleFromInstanceProfile" or "DeleteInstanceProfile":
                    DeleteProfile(call);
                    break;
                case "DeleteRole":
                    Delete(Role(call));
                    break;
                default:
                    throw new ServiceFaultException(400, "InvalidAction", $"Could not find operation {call.Operation} for version 2010-05-08");
            }
        }

        return QueryProtocol.Answer(call, Namespace, body);
    }

    public SimulatedResponse Refuse(AwsCall call, ServiceFaultException fault) => QueryProtocol.Refuse(call, Namespace, fault);

    private IamRole Role(AwsCall call) => account.Roles.Find(role => role.Name == call.Query.Required("RoleName"))
        ?? throw new ServiceFaultException(404, "NoSuchEntity", $"The role with name {call.Query.Required("RoleName")} cannot be found.");

    private (IamRole Role, string Name) Profile(AwsCall call)
    {
        var name = call.Query.Required("InstanceProfileName");
        return account.Roles.Find(role => role.Profiles.ContainsKey(name)) is { } role ? (role, name)
            : throw new ServiceFaultException(404, "NoSuchEntity", $"Instance Profile {name} cannot be found.");
    }

    private void Delete(IamRole role)
    {
        if (role.Policies.Count > 0 || role.Attached.Count > 0 || role.Profiles.Count > 0)
        {
            throw new ServiceFaultException(409, "DeleteConflict", "Cannot delete entity, must delete policies and remove roles from instance profile first.");
        }

        account.Roles.Remove(role);
    }

    // Without its role a profile is nothing here: taking the role out deletes it, and deleting it then finds nothing.
    private void DeleteProfile(AwsCall call)
    {
        if (call.Operation == "DeleteInstanceProfile")
        {
            if (account.Roles.Exists(role => role.Profiles.ContainsKey(call.Query.Required("InstanceProfileName"))))
            {
                throw new ServiceFaultException(409, "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
            }

            return;
        }

        var (holder, name) = Profile(call);
        holder.Profiles.Remove(name);
    }

    private static void Write(XmlBody body, IamRole role, bool inDetail)
    {
        body.Text("RoleName", role.Name).Text("CreateDate", role.CreatedAt);
        WriteTags(body, role.Tags);
        if (inDetail)
        {
            body.Element("InstanceProfileList", () => role.Profiles.Keys.ToList().ForEach(profile => body.Element("member", () => Write(body, role, profile))));
        }
    }

    private static void Write(XmlBody body, IamRole role, string profile)
    {
        body.Text("InstanceProfileName", profile).Text("CreateDate", role.CreatedAt);
        body.Element("Roles", () => body.Element("member", () => Write(body, role, inDetail: false)));
        WriteTags(body, role.Profiles[profile]);
    }

    private static void WriteTags(XmlBody body, IReadOnlyDictionary<string, string> tags) =>
        body.Element("Tags", () => tags.ToList().ForEach(tag => body.Element("member", () => body.Text("Key", tag.Key).Text("Value", tag.Value))));
}
