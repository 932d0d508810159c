// Reads from the cache extension with Java 11 alone. Copy what you need.
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class Example {
    static final String CACHE = "http://127.0.0.1:" + System.getenv().getOrDefault("CACHE_EXTENSION_PORT", "4000");
    // Requests to this machine must not go through the function's proxy.
    static final HttpClient HTTP = HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();

    static class Refused extends Exception {}

    interface Use { String with(String secret) throws Exception; }

    static String read(String kind, String query, String cacheControl) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(CACHE + "/" + kind + "?" + query))
            .header("Cache-Control", cacheControl)
            // Needed with `server.token: required` in config.yaml.
            .header("X-Aws-Parameters-Secrets-Token", System.getenv().getOrDefault("AWS_SESSION_TOKEN", ""));
        var response = HTTP.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() == 200) return response.body();
        throw new IOException(response.statusCode() + " " + response.body()); // application/problem+json
    }

    static String names(String... names) {
        return Stream.of(names).map(name -> "name=" + URLEncoder.encode(name, StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
    }

    /** Uses a secret. If it is refused, it may have been rotated: fetches it from Secrets Manager and tries once more. */
    static String withSecret(String name, Use use) throws Exception {
        try {
            return use.with(read("secrets", names(name), ""));
        } catch (Refused refused) {
            return use.with(read("secrets", names(name), "no-cache"));
        }
    }

    public static void main(String[] args) throws Exception {
        System.out.println(read("parameters", names("CacheExtensions_Parameter1"), ""));
        // Java has no JSON parser, so the extension extracts the field.
        System.out.println(read("dynamodb", names("DynamoDbTable-pKey1-sKey1") + "&json=/Data", ""));
        System.out.println(read("parameters", names("CacheExtensions_Parameter1", "/aws/reference/secretsmanager/secret_info", "missing"), ""));
        System.out.println(withSecret("secret_info", secret -> { // stands in for your database, which accepts one password
            if (!secret.equals(args[0])) throw new Refused();
            return "logged in";
        }));
        try {
            read("parameters", names("missing"), "");
        } catch (IOException problem) {
            System.out.println(problem.getMessage());
        }
    }
}
