"""Write the generated pages of docs/reference; with `--check`, say which are not current (exit status 1)."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caseway.settings")
import django

django.setup()

from pages import FOLDER, PAGES  # noqa: E402 - the pages read models


def main(check: bool) -> int:
    stale = []
    for name, make in PAGES.items():
        file, text = FOLDER / name, make()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            file.write_text(text, encoding="utf-8")
    verb = "not current (make reference writes them)" if check else "written"
    sys.stdout.write(f"{verb}: {', '.join(stale)}\n" if stale else "The generated pages are current.\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
