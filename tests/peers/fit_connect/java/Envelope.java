import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.jwk.RSAKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;

/** A compact JWE (RSA-OAEP-256, A256GCM) with its tag, and the hash of what is in it. */
final class Envelope {
    final byte[] text;
    final String tag;

    private Envelope(byte[] text, String tag) {
        this.text = text;
        this.tag = tag;
    }

    static Envelope seal(byte[] content, RSAKey key, String type) throws Exception {
        JWEHeader header = new JWEHeader.Builder(JWEAlgorithm.RSA_OAEP_256, EncryptionMethod.A256GCM)
                .keyID(key.getKeyID()).contentType(type).build();
        JWEObject jwe = new JWEObject(header, new Payload(content));
        jwe.encrypt(new RSAEncrypter(key));
        return new Envelope(jwe.serialize().getBytes(StandardCharsets.US_ASCII), jwe.getAuthTag().toString());
    }

    String asText() {
        return new String(text, StandardCharsets.US_ASCII);
    }

    static Map<String, Object> hash(byte[]... parts) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-512");
        for (byte[] part : parts) {
            digest.update(part);
        }
        return Map.of("type", "sha512", "content", HexFormat.of().formatHex(digest.digest()));
    }
}
