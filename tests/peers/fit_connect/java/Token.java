import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.LinkedHashMap;
import java.util.Map;

/** A security event token that came: its header and form are checked at once, its signature when asked. */
final class Token {
    final Json claims;
    private final JWSObject token;

    private Token(JWSObject token, Json claims) {
        this.token = token;
        this.claims = claims;
    }

    static Token parse(String text) throws Exception {
        JWSObject token = JWSObject.parse(text);
        require(new JOSEObjectType("secevent+jwt").equals(token.getHeader().getType()), "typ", token.getHeader());
        require(JWSAlgorithm.PS512.equals(token.getHeader().getAlgorithm()), "alg", token.getHeader());
        require(token.getHeader().getKeyID() != null, "kid", token.getHeader());
        Json claims = new Json(token.getPayload().toJSONObject());
        require(claims.object("events").members.size() == 1, "events", claims.members.get("events"));
        return new Token(token, claims);
    }

    String issuer() throws Broken {
        return claims.text("iss");
    }

    String kid() {
        return token.getHeader().getKeyID();
    }

    Map<String, Object> verified(RSAKey key) throws Exception {
        require(token.verify(new RSASSAVerifier(key)), "the signature of an event", token.getHeader());
        String uri = claims.object("events").members.keySet().iterator().next();
        return new LinkedHashMap<>(Map.of("event", uri.substring(uri.lastIndexOf('/') + 1), "uri", uri,
                "iss", issuer(), "sub", claims.text("sub"), "txn", claims.text("txn"), "jti", claims.text("jti"),
                "iat", claims.number("iat", 0), "$schema", claims.optionalText("$schema", ""),
                "payload", claims.object("events").object(uri).members));
    }

    private static void require(boolean holds, String what, Object about) throws Broken {
        if (!holds) {
            throw new Broken(what, about);
        }
    }
}
