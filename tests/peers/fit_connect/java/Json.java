import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A JSON object with typed reading; a missing member is a mistake unless it was asked for as optional. */
final class Json {
    final Map<String, Object> members;

    Json(Map<String, Object> members) {
        this.members = members;
    }

    static Json read(Path path) throws Exception {
        return parse(Files.readString(path));
    }

    static Json parse(String text) throws ParseException {
        return new Json(JSONObjectUtils.parse(text));
    }

    boolean has(String name) {
        return members.get(name) != null;
    }

    String text(String name) throws Broken {
        return (String) needed(name);
    }

    String optionalText(String name, String otherwise) {
        return has(name) ? (String) members.get(name) : otherwise;
    }

    long number(String name, long otherwise) {
        return has(name) ? ((Number) members.get(name)).longValue() : otherwise;
    }

    Json object(String name) throws Broken {
        return new Json(asObject(needed(name)));
    }

    List<Json> objects(String name) throws Broken {
        List<Json> found = new ArrayList<>();
        for (Object one : (List<?>) needed(name)) {
            found.add(new Json(asObject(one)));
        }
        return found;
    }

    List<String> texts(String name) throws Broken {
        List<String> found = new ArrayList<>();
        for (Object one : (List<?>) needed(name)) {
            found.add((String) one);
        }
        return found;
    }

    private Object needed(String name) throws Broken {
        if (!has(name)) {
            throw new Broken("a member is missing: " + name, members.keySet());
        }
        return members.get(name);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asObject(Object value) throws Broken {
        if (!(value instanceof Map)) {
            throw new Broken("not an object", value);
        }
        return (Map<String, Object>) value;
    }
}
