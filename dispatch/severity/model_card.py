"""The model card, generated from the manifest, in every language of the catalogue."""

from __future__ import annotations

from dispatch.severity.bundle import Manifest
from dispatch.words import LANGUAGE_NAMES, LANGUAGES, say


def model_card(manifest: Manifest) -> str:
    """The card as markdown: purpose, data, figures, trade-off, limits, oversight."""
    parts = [_section(manifest, language) for language in LANGUAGES]
    return "\n".join(parts)


def _section(manifest: Manifest, language: str) -> str:
    def text(name: str, **values: str | int | float) -> str:
        return say(f"severity.model_card.{name}", language, **values)

    trained = manifest.trained
    lines = [
        f"# {text('title')} {manifest.version} ({LANGUAGE_NAMES[language]})",
        "",
        text("purpose"),
        "",
        text("synthetic"),
        "",
        f"## {text('data')}",
        "",
        text(
            "data_line",
            cases=trained.cases,
            snapshots=trained.snapshots,
            seed=trained.seed,
            atypical=round(100 * trained.atypical),
        ),
        "",
        f"`data sha256 {trained.data_sha}`",
        "",
        f"## {text('figures')}",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| `{name}` | {value:.4f} |" for name, value in sorted(manifest.metrics.items())),
        "",
        f"## {text('tradeoff')}",
        "",
        f"| {' | '.join(each.strip() for each in text('tradeoff_head').split(','))} |",
        "| --- | --- | --- | --- |",
        *(
            f"| {row.weight:g} | {row.threshold:.3f} | {row.missed:.3f} | {row.alerted:.3f} |"
            for row in manifest.trade_off
        ),
        "",
        f"## {text('limits')}",
        "",
        text("limits_text"),
        "",
        text("oversight"),
        "",
    ]
    return "\n".join(lines)
