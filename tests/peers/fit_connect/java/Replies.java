import java.nio.file.Path;
import java.util.Map;

/** The way back: the authority sends a reply in a case, the online service lists and collects it. */
final class Replies {
    private final Wire wire;
    private final Json at;

    Replies(Wire wire, Json at) {
        this.wire = wire;
        this.at = at;
    }

    Map<String, Object> send(Json what) throws Exception {
        Parcel parcel = new Parcel(what);
        Json opened = wire.post("/v2/replies",
                Map.of("caseId", what.text("caseId"), "announcedAttachments", parcel.announced()));
        String id = opened.text("replyId");
        Map<String, Object> result =
                parcel.deliver(wire, "/v2/replies/" + id, PublicKeys.forReplies(what.object("key")));
        result.put("replyId", id);
        result.put("caseId", what.text("caseId"));
        return result;
    }

    Map<String, Object> waiting() throws Exception {
        return wire.get("/v2/replies?offset=0&limit=100").members;
    }

    Map<String, Object> receive(Json what) throws Exception {
        String id = what.text("replyId");
        Json logged = new EventLog(wire, at).last(what.text("caseId"), "submit-reply", "reply:" + id);
        if (logged == null) {
            throw new Broken("no submit-reply in the log", id);
        }
        return new Incoming(wire, new Opener(at.objects("decryptionKeys")), logged.object("authenticationTags"))
                .collect("/v2/replies/" + id, Path.of(what.text("room")));
    }

    /** By whom a reply is answered is not publicly known: the id of the issuer is given. */
    Map<String, Object> answer(String verb, Json what) throws Exception {
        String token = Signed.event(at.object("signingKey"), what.text("issuer"), verb,
                "reply:" + what.text("replyId"), what.text("caseId"), what.object("payload").members);
        return Map.of("status", wire.postJose("/v2/cases/" + what.text("caseId") + "/events", token));
    }
}
