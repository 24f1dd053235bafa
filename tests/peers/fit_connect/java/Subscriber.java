import java.nio.file.Path;
import java.util.Map;

/** An authority's system: lists, collects, accepts, rejects, forwards. */
final class Subscriber {
    private final Wire wire;
    private final Json at;

    Subscriber(Wire wire, Json at) {
        this.wire = wire;
        this.at = at;
    }

    Map<String, Object> waiting() throws Exception {
        return wire.get("/v2/submissions?destinationId=" + at.text("destinationId") + "&offset=0&limit=100").members;
    }

    Map<String, Object> receive(Json what) throws Exception {
        String id = what.text("submissionId");
        Json logged = new EventLog(wire, at).last(what.text("caseId"), "submit-submission", "submission:" + id);
        if (logged == null) {
            throw new Broken("no submit-submission in the log", id);
        }
        return new Incoming(wire, new Opener(at.objects("decryptionKeys")), logged.object("authenticationTags"))
                .collect("/v2/submissions/" + id, Path.of(what.text("room")));
    }

    Map<String, Object> answer(String verb, Json what) throws Exception {
        String token = Signed.event(at.object("signingKey"), at.text("destinationId"), verb + "-submission",
                "submission:" + what.text("submissionId"), what.text("caseId"), what.object("payload").members);
        return Map.of("status", wire.postJose("/v2/cases/" + what.text("caseId") + "/events", token));
    }
}
