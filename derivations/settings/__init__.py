"""Settings: what derivations are about. A new one is a subclass of `derivations.meaning.setting.Setting` in a file here."""
