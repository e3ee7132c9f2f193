"""What is declared, not computed: models, layers, populations, schedules. Files hold them by class and parameters."""

from __future__ import annotations

from typing import Any, ClassVar


class Declared:
    """A declaration, known by the name of its class: a file names classes, and runs nothing but those that are imported."""

    declared_classes: ClassVar[dict[str, type[Declared]]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        Declared.declared_classes[f"{cls.__module__}.{cls.__qualname__}"] = cls
