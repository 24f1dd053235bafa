import com.nimbusds.jose.jwk.RSAKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The event log of a case, each token checked against the key of who issued it. */
final class EventLog {
    private static final int PAGE = 100;
    private final Wire wire;
    private final Json at;
    private final Map<String, RSAKey> known = new LinkedHashMap<>();

    EventLog(Wire wire, Json at) {
        this.wire = wire;
        this.at = at;
    }

    List<Map<String, Object>> of(String caseId) throws Exception {
        List<Map<String, Object>> found = new ArrayList<>();
        for (int offset = 0; ; offset += PAGE) {
            Json page = wire.get("/v2/cases/" + caseId + "/events?offset=" + offset + "&limit=" + PAGE);
            for (String token : page.texts("eventLog")) {
                found.add(read(token, caseId));
            }
            if (offset + PAGE >= page.number("totalCount", 0)) {
                return found;
            }
        }
    }

    /** The payload of the last event of a kind over a subject, or null. */
    Json last(String caseId, String kind, String subject) throws Exception {
        Json found = null;
        for (Map<String, Object> one : of(caseId)) {
            if (kind.equals(one.get("event")) && subject.equals(one.get("sub"))) {
                found = new Json(one).object("payload");
            }
        }
        return found;
    }

    private Map<String, Object> read(String text, String caseId) throws Exception {
        Token token = Token.parse(text);
        require(("case:" + caseId).equals(token.claims.text("txn")), "txn", token.claims.text("txn"));
        return token.verified(key(token.issuer(), token.kid()));
    }

    private RSAKey key(String issuer, String kid) throws Exception {
        String name = issuer + " " + kid;
        if (!known.containsKey(name)) {
            known.put(name, found(issuer, kid));
        }
        return known.get(name);
    }

    /** A sender that answers a reply publishes its key nowhere: {@code signers} has it by the issuer's id. */
    private RSAKey found(String issuer, String kid) throws Exception {
        if (issuer.startsWith("http")) {
            return ofService(issuer, kid);
        }
        if (at.has("signers") && at.object("signers").has(issuer)) {
            return PublicKeys.forSignatures(at.object("signers").object(issuer));
        }
        return PublicKeys.forSignatures(wire.open("/v2/destinations/" + issuer + "/keys/" + kid));
    }

    private RSAKey ofService(String issuer, String kid) throws Exception {
        require(issuer.equals(at.text("submission")), "an issuer that is not the delivery service", issuer);
        for (Json key : wire.open("/.well-known/jwks.json").objects("keys")) {
            if (kid.equals(key.text("kid"))) {
                return PublicKeys.forSignatures(key);
            }
        }
        throw new Broken("no key of the delivery service", kid);
    }

    private static void require(boolean holds, String what, Object about) throws Broken {
        if (!holds) {
            throw new Broken(what, about);
        }
    }
}
