import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came, as submission or as reply: fetched, compared with the log's tags, opened, hashed, written down. */
final class Incoming {
    private final Wire wire;
    private final Opener opener;
    private final Json logged;
    private final Map<String, Object> tags = new LinkedHashMap<>();

    Incoming(Wire wire, Opener opener, Json logged) {
        this.wire = wire;
        this.opener = opener;
        this.logged = logged;
    }

    /** {@code path} is where it is fetched; files are written below {@code room}. */
    Map<String, Object> collect(String path, Path room) throws Exception {
        Json message = wire.get(path);
        Opener.Opened opened = opened(message.text("encryptedMetadata"), logged.text("metadata"), "metadata");
        tags.put("metadata", opened.tag);
        Json metadata = Json.parse(new String(opened.content, StandardCharsets.UTF_8));
        Json structure = metadata.object("contentStructure");
        Opener.Opened data = opened(message.text("encryptedData"), logged.text("data"), "data");
        tags.put("data", data.tag);
        same(structure.object("data"), data.content);
        Files.write(room.resolve("data"), data.content);
        Map<String, Object> found = new LinkedHashMap<>(Map.of("metadata", metadata.members,
                "dataType", String.valueOf(data.type), "data", room.resolve("data").toString()));
        found.put("attachments", attachments(path, structure.objects("attachments"), room));
        found.put("tags", tags);
        found.put("caseId", message.text("caseId"));
        return found;
    }

    private List<Map<String, Object>> attachments(String path, List<Json> entries, Path room) throws Exception {
        Map<String, Object> seen = new LinkedHashMap<>();
        tags.put("attachments", seen);
        List<Map<String, Object>> found = new ArrayList<>();
        for (Json entry : entries) {
            String id = entry.text("attachmentId");
            List<String> ids = entry.has("fragments") ? entry.texts("fragments") : List.of(id);
            byte[][] pieces = new byte[ids.size()][];
            for (int i = 0; i < pieces.length; i++) {
                String text = wire.text(path + "/attachments/" + ids.get(i), "application/jose");
                Opener.Opened piece = opened(text, logged.object("attachments").text(ids.get(i)), ids.get(i));
                seen.put(ids.get(i), piece.tag);
                pieces[i] = piece.content;
            }
            same(entry, pieces);
            found.add(Map.of("id", id, "path", written(room.resolve(id), pieces), "fragments", pieces.length,
                    "filename", entry.optionalText("filename", "")));
        }
        return found;
    }

    private Opener.Opened opened(String text, String tag, String what) throws Exception {
        Opener.Opened opened = opener.open(text);
        if (!opened.tag.equals(tag)) {
            throw new Broken("the tag in the event log is another", what);
        }
        return opened;
    }

    private static String written(Path path, byte[][] pieces) throws Exception {
        try (var out = Files.newOutputStream(path)) {
            for (byte[] piece : pieces) {
                out.write(piece);
            }
        }
        return path.toString();
    }

    private static void same(Json entry, byte[]... content) throws Exception {
        if (!Envelope.hash(content).get("content").equals(entry.object("hash").text("content"))) {
            throw new Broken("the hash in the metadata is another", entry.members);
        }
    }
}
