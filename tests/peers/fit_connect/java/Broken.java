/** Something that the other side gave does not hold. */
final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    final String about;

    Broken(String message, Object about) {
        super(message);
        this.about = String.valueOf(about);
    }
}
