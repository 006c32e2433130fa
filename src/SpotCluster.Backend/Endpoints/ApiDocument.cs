using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SpotCluster.Backend.Security;

namespace SpotCluster.Backend.Endpoints;

/// <summary>The OpenAPI document: what the framework cannot know is added here.</summary>
internal static class ApiDocument
{
    private const string Scheme = "token";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "SpotCluster backend";
            document.Info.Version = typeof(ApiDocument).Assembly.GetName().Version?.ToString(3) ?? "0";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The token of the agent, or the admin token.",
            };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // These types have converters of their own, and the framework does not look into those.
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            JsonSchemaType? kind = type == typeof(bool) ? JsonSchemaType.Boolean
                : type == typeof(string) || type == typeof(DateTimeOffset) ? JsonSchemaType.String
                : null;
            if (kind is { } known && schema.Type is null)
            {
                schema.Type = context.JsonPropertyInfo is { IsGetNullable: true } ? known | JsonSchemaType.Null : known;
                schema.Format = type == typeof(DateTimeOffset) ? "date-time" : schema.Format;
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var access = context.Description.ActionDescriptor.EndpointMetadata.OfType<AccessMetadata>().LastOrDefault()?.Access;
            if (access is not (null or Access.Public))
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
                operation.Description = access switch
                {
                    Access.Admin => "For the admin.",
                    Access.AgentOrAdmin => "For the agent of the path and the admin.",
                    _ => "For the agent.",
                };
            }

            return Task.CompletedTask;
        });
    }
}
