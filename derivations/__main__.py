"""`python -m derivations` renders every derivation to the Markdown beside its source."""

from derivations.system.discover import load, names, rendered

for name in names():
    rendered(name).write_text(load(name).markdown(), encoding="utf-8")
    print(rendered(name).name)
