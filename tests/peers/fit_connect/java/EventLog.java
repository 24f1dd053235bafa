import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.SignedJWT;
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

    private Map<String, Object> read(String token, String caseId) throws Exception {
        SignedJWT jwt = SignedJWT.parse(token);
        Json claims = new Json(jwt.getPayload().toJSONObject());
        String issuer = claims.text("iss");
        require(new JOSEObjectType("secevent+jwt").equals(jwt.getHeader().getType()), "typ", jwt.getHeader().getType());
        require(JWSAlgorithm.PS512.equals(jwt.getHeader().getAlgorithm()), "alg", jwt.getHeader().getAlgorithm());
        require(("case:" + caseId).equals(claims.text("txn")), "txn", claims.text("txn"));
        require(claims.object("events").members.size() == 1, "events", claims.members.get("events"));
        RSAKey key = key(issuer, jwt.getHeader().getKeyID());
        require(jwt.verify(new RSASSAVerifier(key)), "the signature of an event", token);
        String event = claims.object("events").members.keySet().iterator().next();
        return new LinkedHashMap<>(Map.of("event", event.substring(event.lastIndexOf('/') + 1),
                "iss", issuer, "sub", claims.text("sub"), "jti", claims.text("jti"), "iat", claims.number("iat", 0),
                "$schema", claims.optionalText("$schema", ""), "uri", event,
                "payload", claims.object("events").object(event).members));
    }

    private RSAKey key(String issuer, String kid) throws Exception {
        String name = issuer + " " + kid;
        if (!known.containsKey(name)) {
            known.put(name, issuer.startsWith("http") ? ofService(issuer, kid) : PublicKeys.forSignatures(
                    wire.open("/v2/destinations/" + issuer + "/keys/" + kid)));
        }
        return known.get(name);
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
