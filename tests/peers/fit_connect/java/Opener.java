import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.crypto.RSADecrypter;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.ArrayList;
import java.util.List;

/** Opens compact JWEs with the private keys of a participant, the one that the header names first. */
final class Opener {
    private final List<RSAKey> keys = new ArrayList<>();

    Opener(List<Json> keys) throws Exception {
        for (Json key : keys) {
            this.keys.add(RSAKey.parse(key.members));
        }
    }

    Opened open(String text) throws Exception {
        JWEObject jwe = JWEObject.parse(text);
        if (!JWEAlgorithm.RSA_OAEP_256.equals(jwe.getHeader().getAlgorithm())
                || !EncryptionMethod.A256GCM.equals(jwe.getHeader().getEncryptionMethod())
                || jwe.getHeader().getCompressionAlgorithm() != null) {
            throw new Broken("the header of a JWE", jwe.getHeader());
        }
        for (RSAKey key : keys) {
            if (key.getKeyID().equals(jwe.getHeader().getKeyID())) {
                try {
                    jwe.decrypt(new RSADecrypter(key));
                } catch (JOSEException failure) {
                    throw new Broken("a JWE does not open", failure.getMessage());
                }
                return new Opened(jwe.getPayload().toBytes(), jwe.getAuthTag().toString(),
                        jwe.getHeader().getContentType());
            }
        }
        throw new Broken("no key for kid", jwe.getHeader().getKeyID());
    }

    /** What was in a JWE. */
    static final class Opened {
        final byte[] content;
        final String tag;
        final String type;

        Opened(byte[] content, String tag, String type) {
            this.content = content;
            this.tag = tag;
            this.type = type;
        }
    }
}
