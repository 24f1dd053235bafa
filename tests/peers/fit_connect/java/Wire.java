import com.nimbusds.jose.util.JSONObjectUtils;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Requests to the delivery service (API v2) with a token, and their answers. */
final class Wire {
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();
    private final Json at;
    final String submission;
    private String token;

    Wire(Json at) throws Broken {
        this.at = at;
        this.submission = at.optionalText("submission", "");
    }

    Json get(String path) throws Exception {
        return Json.parse(text(path, "application/json"));
    }

    /** The keys are public: asked for without a token, as others do. */
    Json open(String path) throws Exception {
        HttpRequest request = to(path).GET().build();
        return Json.parse(answer(request).body());
    }

    /** Ciphertext is ASCII; Latin-1 keeps one byte a character. */
    String text(String path, String accept) throws Exception {
        return answer(authorised(path).header("Accept", accept).GET().build()).body();
    }

    Json post(String path, Map<String, Object> body) throws Exception {
        return Json.parse(answer(json(path).POST(publisher(body)).build()).body());
    }

    int put(String path, Map<String, Object> body) throws Exception {
        return answer(json(path).PUT(publisher(body)).build()).statusCode();
    }

    int putJose(String path, byte[] body) throws Exception {
        return answer(jose(path).PUT(BodyPublishers.ofByteArray(body)).build()).statusCode();
    }

    int postJose(String path, String body) throws Exception {
        return answer(jose(path).POST(BodyPublishers.ofString(body)).build()).statusCode();
    }

    private HttpRequest.Builder json(String path) throws Exception {
        return authorised(path).header("Content-Type", "application/json").header("Accept", "application/json");
    }

    private HttpRequest.Builder jose(String path) throws Exception {
        return authorised(path).header("Content-Type", "application/jose");
    }

    private HttpRequest.Builder authorised(String path) throws Exception {
        return to(path).header("Authorization", "Bearer " + token());
    }

    private HttpRequest.Builder to(String path) throws Exception {
        String url = path.startsWith("http") ? path : submission + path;
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofMinutes(5))
                .header("User-Agent", at.optionalText("userAgent", "nimbus-peer/1.0"));
    }

    private String token() throws Exception {
        if (token == null) {
            String form = "grant_type=client_credentials&client_id=" + encoded(at.text("clientId"))
                    + "&client_secret=" + encoded(at.text("clientSecret"));
            HttpRequest request = to(at.text("token")).header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(form)).build();
            token = Json.parse(answer(request).body()).text("access_token");
        }
        return token;
    }

    private HttpResponse<String> answer(HttpRequest request) throws Exception {
        HttpResponse<String> response = client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() / 100 != 2) {
            throw new Refused(request, response);
        }
        return response;
    }

    private static HttpRequest.BodyPublisher publisher(Map<String, Object> body) {
        return BodyPublishers.ofString(JSONObjectUtils.toJSONString(body));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** An answer that is not 2xx, with the problem that came with it. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient HttpRequest request;
        private final transient HttpResponse<String> response;

        Refused(HttpRequest request, HttpResponse<String> response) {
            super("refused");
            this.request = request;
            this.response = response;
        }

        Map<String, Object> described() {
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("error", "refused");
            found.put("request", request.method() + " " + request.uri().getPath());
            found.put("status", response.statusCode());
            found.put("type", response.headers().firstValue("Content-Type").orElse(""));
            found.put("problem", response.body());
            return found;
        }
    }
}
