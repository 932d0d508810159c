// Reads from the cache extension with .NET 8 alone. Copy what you need.
using System.Net;
using System.Text.Json;

var cache = $"http://127.0.0.1:{Environment.GetEnvironmentVariable("CACHE_EXTENSION_PORT") ?? "4000"}";
// Requests to this machine must not go through the function's proxy.
using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

async Task<string> Read(string kind, string[] names, string cacheControl = "")
{
    var query = string.Join("&", names.Select(name => $"name={Uri.EscapeDataString(name)}"));
    using var request = new HttpRequestMessage(HttpMethod.Get, $"{cache}/{kind}?{query}");
    if (cacheControl != "") request.Headers.Add("Cache-Control", cacheControl);
    // Needed with `server.token: required` in config.yaml.
    request.Headers.Add("X-Aws-Parameters-Secrets-Token", Environment.GetEnvironmentVariable("AWS_SESSION_TOKEN") ?? "");
    using var response = await http.SendAsync(request);
    var body = await response.Content.ReadAsStringAsync();
    if (response.StatusCode == HttpStatusCode.OK) return body;
    var problem = JsonDocument.Parse(body).RootElement; // application/problem+json
    throw new HttpRequestException($"{(int)response.StatusCode} {problem.GetProperty("title")}: {problem.GetProperty("detail")}");
}

// Uses a secret. If it is refused, it may have been rotated: fetches it from Secrets Manager and tries once more.
async Task<string> WithSecret(string name, Func<string, string> use)
{
    try
    {
        return use(await Read("secrets", [name]));
    }
    catch (UnauthorizedAccessException)
    {
        return use(await Read("secrets", [name], "no-cache"));
    }
}

// Stands in for your database, which accepts one password.
string Login(string password) => password == args[0] ? "logged in" : throw new UnauthorizedAccessException();

Console.WriteLine(await Read("parameters", ["CacheExtensions_Parameter1"]));
var item = JsonDocument.Parse(await Read("dynamodb", ["DynamoDbTable-pKey1-sKey1"])).RootElement;
Console.WriteLine(item.GetProperty("Data"));
string[] names = ["CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"];
var several = JsonDocument.Parse(await Read("parameters", names)).RootElement;
Console.WriteLine($"{several.GetProperty("values").EnumerateObject().Count()} values, {several.GetProperty("errors").EnumerateObject().Count()} error");
Console.WriteLine(await WithSecret("secret_info", Login));
try
{
    await Read("parameters", ["missing"]);
}
catch (HttpRequestException problem)
{
    Console.WriteLine(problem.Message);
}
