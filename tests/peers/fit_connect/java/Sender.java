import com.nimbusds.jose.jwk.RSAKey;
import java.util.LinkedHashMap;
import java.util.Map;

/** An online service: announces, uploads and hands over a submission. */
final class Sender {
    private final Wire wire;
    private final Json at;

    Sender(Wire wire, Json at) {
        this.wire = wire;
        this.at = at;
    }

    Map<String, Object> send(Json what) throws Exception {
        String destinationId = at.text("destinationId");
        Json destination = wire.get("/v2/destinations/" + destinationId);
        String kid = destination.text("encryptionKid");
        RSAKey key = PublicKeys.forEncryption(wire.open("/v2/destinations/" + destinationId + "/keys/" + kid));
        Parcel parcel = new Parcel(what);
        Map<String, Object> announcement = new LinkedHashMap<>(Map.of(
                "destinationId", destinationId, "announcedAttachments", parcel.announced(),
                "publicService", what.object("publicService").members));
        if (what.has("caseId")) {
            announcement.put("caseId", what.text("caseId"));
        }
        Json opened = wire.post("/v2/submissions", announcement);
        String id = opened.text("submissionId");
        Map<String, Object> result = parcel.deliver(wire, "/v2/submissions/" + id, key);
        result.put("submissionId", id);
        result.put("caseId", opened.text("caseId"));
        return result;
    }
}
