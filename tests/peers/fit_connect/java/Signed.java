import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** A security event token that a participant issues. */
final class Signed {
    private static final String SCHEMAS = "https://schema.fitko.de/fit-connect/";

    private Signed() {}

    static String event(Json signingKey, String issuer, String event, String subject, String caseId,
            Map<String, Object> payload) throws Exception {
        RSAKey key = RSAKey.parse(signingKey.members);
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("$schema", SCHEMAS + "set-payload/1.2.2/set-payload.schema.json");
        claims.put("iss", issuer);
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("iat", Instant.now().getEpochSecond());
        claims.put("sub", subject);
        claims.put("txn", "case:" + caseId);
        claims.put("events", Map.of(SCHEMAS + "events/" + event, payload));
        JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.PS512)
                .type(new JOSEObjectType("secevent+jwt")).keyID(key.getKeyID()).build();
        JWSObject token = new JWSObject(header, new Payload(claims));
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }
}
