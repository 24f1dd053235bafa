import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.Set;

/** The rules for a public key of a participant: RSA of 4096 bits, one use, a certificate over the same key. */
final class PublicKeys {
    private PublicKeys() {}

    static RSAKey forEncryption(Json jwk) throws Exception {
        return checked(jwk, "RSA-OAEP-256", KeyOperation.WRAP_KEY, true);
    }

    /** The key that a sender offers for replies has no certificate. */
    static RSAKey forReplies(Json jwk) throws Exception {
        return checked(jwk, "RSA-OAEP-256", KeyOperation.WRAP_KEY, false);
    }

    static RSAKey forSignatures(Json jwk) throws Exception {
        return checked(jwk, "PS512", KeyOperation.VERIFY, true);
    }

    private static RSAKey checked(Json jwk, String alg, KeyOperation use, boolean certified) throws Exception {
        RSAKey key = RSAKey.parse(jwk.members);  // refuses an x5c over another key
        require(!key.isPrivate(), "a private key was published", key.getKeyID());
        require(key.size() >= 4096, "the key is too short", key.size());
        require(key.getAlgorithm() != null && alg.equals(key.getAlgorithm().getName()), "alg", key.getAlgorithm());
        require(Set.of(use).equals(key.getKeyOperations()), "key_ops", key.getKeyOperations());
        require(key.getKeyID() != null, "kid", "missing");
        require(!certified || (key.getX509CertChain() != null && !key.getX509CertChain().isEmpty()),
                "x5c", "missing");
        return key;
    }

    private static void require(boolean holds, String what, Object about) throws Broken {
        if (!holds) {
            throw new Broken(what, about);
        }
    }
}
