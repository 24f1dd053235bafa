import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A FIT-Connect participant for tests, on Nimbus JOSE and the JDK alone: it shares no code with what it meets.
 *
 * <p>{@code Main COMMAND FILE}: FILE is a JSON object with {@code at} (addresses, credentials, keys) and
 * {@code what} (the task). One line of JSON on standard output; exit status 1 with {@code error} in it when the
 * other side refused or something did not hold.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> result;
        int status = 0;
        try {
            Json task = Json.read(Path.of(arguments[1]));
            result = run(arguments[0], task.object("at"), task.object("what"));
        } catch (Wire.Refused refused) {
            result = refused.described();
            status = 1;
        } catch (Broken broken) {
            result = new LinkedHashMap<>(Map.of("error", broken.getMessage(), "about", broken.about));
            status = 1;
        }
        System.out.write((JSONObjectUtils.toJSONString(result) + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        System.exit(status);
    }

    private static Map<String, Object> run(String command, Json at, Json what) throws Exception {
        Wire wire = new Wire(at);
        switch (command) {
            case "send":
                return new Sender(wire, at).send(what);
            case "waiting":
                return new Subscriber(wire, at).waiting();
            case "receive":
                return new Subscriber(wire, at).receive(what);
            case "accept":
            case "reject":
            case "forward":
                return new Subscriber(wire, at).answer(command, what);
            case "events":
                return Map.of("events", new EventLog(wire, at).of(what.text("caseId")));
            case "reply":
                return new Replies(wire, at).send(what);
            case "replies":
                return new Replies(wire, at).waiting();
            case "receive-reply":
                return new Replies(wire, at).receive(what);
            case "accept-reply":
            case "reject-reply":
                return new Replies(wire, at).answer(command, what);
            case "sign":
                return Map.of("token", Signed.event(at.object("signingKey"), what.text("issuer"), what.text("event"),
                        what.text("subject"), what.text("caseId"), what.object("payload").members));
            case "verify":
                return Token.parse(what.text("token")).verified(PublicKeys.forSignatures(what.object("key")));
            case "seal":
                return seal(what);
            case "open":
                return open(what, new Opener(at.objects("decryptionKeys")));
            default:
                throw new Broken("command", command);
        }
    }

    private static Map<String, Object> seal(Json what) throws Exception {
        RSAKey key = PublicKeys.forEncryption(what.object("key"));
        List<String> tags = new ArrayList<>();
        for (Json file : what.objects("files")) {
            Envelope sealed = Envelope.seal(
                    Files.readAllBytes(Path.of(file.text("from"))), key, what.text("mimeType"));
            Files.write(Path.of(file.text("to")), sealed.text);
            tags.add(sealed.tag);
        }
        return Map.of("tags", tags);
    }

    private static Map<String, Object> open(Json what, Opener opener) throws Exception {
        List<String> tags = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (Json file : what.objects("files")) {
            String sealed = Files.readString(Path.of(file.text("from")), StandardCharsets.ISO_8859_1);
            Opener.Opened opened = opener.open(sealed);
            Files.write(Path.of(file.text("to")), opened.content);
            tags.add(opened.tag);
            types.add(String.valueOf(opened.type));
        }
        return Map.of("tags", tags, "types", types);
    }
}
