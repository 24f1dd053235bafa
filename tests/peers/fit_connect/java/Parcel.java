import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What is sent, as submission or as reply: data, attachments (whole or in fragments) and the metadata of both. */
final class Parcel {
    private static final String SCHEMA = "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json";
    private final Json what;
    private final List<Part> parts = new ArrayList<>();
    private final List<Map<String, Object>> described = new ArrayList<>();

    Parcel(Json what) throws Exception {
        this.what = what;
        for (Json one : what.has("attachments") ? what.objects("attachments") : List.<Json>of()) {
            add(one);
        }
    }

    List<String> announced() {
        List<String> ids = new ArrayList<>();
        parts.forEach(part -> ids.add(part.id));
        return ids;
    }

    /** Upload under {@code path}, then hand over; the tags of everything, for comparison with the event log. */
    Map<String, Object> deliver(Wire wire, String path, RSAKey key) throws Exception {
        Map<String, Object> tags = new LinkedHashMap<>();
        for (Part part : parts) {
            Envelope sealed = Envelope.seal(part.content(), key, part.type);
            wire.putJose(path + "/attachments/" + part.id, sealed.text);
            tags.put(part.id, sealed.tag);
        }
        byte[] content = Files.readAllBytes(Path.of(what.object("data").text("path")));
        Envelope data = Envelope.seal(content, key, what.object("data").text("mimeType"));
        byte[] about = JSONObjectUtils.toJSONString(metadata(content)).getBytes(StandardCharsets.UTF_8);
        Envelope metadata = Envelope.seal(about, key, "application/json");
        int status = wire.put(path,
                Map.of("encryptedMetadata", metadata.asText(), "encryptedData", data.asText()));
        return new LinkedHashMap<>(Map.of("status", status, "metadataTag", metadata.tag, "dataTag", data.tag,
                "attachmentTags", tags));
    }

    private void add(Json one) throws Exception {
        Path path = Path.of(one.text("path"));
        String id = UUID.randomUUID().toString();
        long limit = one.number("fragment", Long.MAX_VALUE);
        Map<String, Object> entry = new LinkedHashMap<>(Map.of(
                "attachmentId", id, "purpose", one.optionalText("purpose", "attachment"),
                "mimeType", one.text("mimeType"), "filename", one.text("filename"),
                "hash", Envelope.hash(Files.readAllBytes(path))));
        long size = Files.size(path);
        if (size <= limit) {
            parts.add(new Part(id, path, 0, size, one.text("mimeType")));
        } else {
            List<String> fragments = new ArrayList<>();
            for (long from = 0; from < size; from += limit) {
                Part part = new Part(UUID.randomUUID().toString(), path, from, Math.min(size, from + limit),
                        one.text("mimeType"));
                parts.add(part);
                fragments.add(part.id);
            }
            entry.put("fragments", fragments);
        }
        described.add(entry);
    }

    private Map<String, Object> metadata(byte[] content) throws Exception {
        Json data = what.object("data");
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("$schema", SCHEMA);
        found.put("contentStructure", Map.of(
                "data", Map.of("hash", Envelope.hash(content), "submissionSchema",
                        Map.of("schemaUri", data.text("schemaUri"), "mimeType", data.text("mimeType"))),
                "attachments", described));
        if (what.has("metadata")) {
            found.putAll(what.object("metadata").members);
        }
        return found;
    }

    /** A file, or a piece of one, that travels under an id of its own. */
    private static final class Part {
        final String id;
        final String type;
        private final Path path;
        private final long from;
        private final long to;

        Part(String id, Path path, long from, long to, String type) {
            this.id = id;
            this.path = path;
            this.from = from;
            this.to = to;
            this.type = type;
        }

        byte[] content() throws Exception {
            byte[] whole = Files.readAllBytes(path);
            return from == 0 && to == whole.length ? whole : Arrays.copyOfRange(whole, (int) from, (int) to);
        }
    }
}
