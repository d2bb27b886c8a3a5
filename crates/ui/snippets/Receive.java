// Maven: com.standardwebhooks:standardwebhooks, com.fasterxml.jackson.core:jackson-databind
import com.fasterxml.jackson.databind.ObjectMapper;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

public class Receive {
    public static void main(String[] arguments) throws Exception {
        var webhook = new Webhook(System.getenv("WEBHOOK_SECRET")); // whsec_…
        var json = new ObjectMapper();
        var server = HttpServer.create(new InetSocketAddress(3000), 0);
        server.createContext("/", exchange -> {
            try {
                var payload = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                webhook.verify(payload, HttpHeaders.of(exchange.getRequestHeaders(), (name, value) -> true));
                var event = json.readTree(payload);
                HANDLE
                exchange.sendResponseHeaders(204, -1);
            } catch (WebhookVerificationException refusal) {
                exchange.sendResponseHeaders(400, -1);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }
}
