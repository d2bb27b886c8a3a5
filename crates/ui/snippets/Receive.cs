// dotnet add package StandardWebhooks
using System.Net;
using System.Text.Json;
using StandardWebhooks;

var webhook = new Webhook(Environment.GetEnvironmentVariable("WEBHOOK_SECRET")!); // whsec_…
var app = WebApplication.Create(args);

app.MapPost("/", async (HttpRequest request) =>
{
    using var reader = new StreamReader(request.Body);
    var payload = await reader.ReadToEndAsync();
    var headers = new WebHeaderCollection();
    foreach (var name in new[] { "webhook-id", "webhook-timestamp", "webhook-signature" })
        headers[name] = request.Headers[name].ToString();
    try { webhook.Verify(payload, headers); }
    catch { return Results.BadRequest(); }

    var received = JsonDocument.Parse(payload).RootElement;
    HANDLE
    return Results.NoContent();
});

app.Run("http://localhost:3000");
