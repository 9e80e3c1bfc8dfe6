"""The report of an evaluation for people: one page of HTML that needs nothing else, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

ROWS: Sequence[tuple[str, str]] = (
    ("accuracy", "Accuracy over pairs"),
    ("macro_accuracy", "Accuracy over prompts"),
    ("human_ceiling", "An annotator against the others"),
    ("length_baseline_accuracy", "“The longer wins”"),
    ("first_response_accuracy", "“The first given wins”"),
    ("log_loss", "Log loss"),
    ("log_loss_calibrated", "Log loss, calibrated"),
    ("brier", "Brier score"),
    ("brier_calibrated", "Brier score, calibrated"),
    ("ece", "Calibration error"),
    ("ece_calibrated", "Calibration error, calibrated"),
    ("kendall_tau_b", "Kendall’s tau-b"),
    ("best_of_k_regret", "Best-of-K regret"),
    ("tied_scores", "Share of equal scores"),
    ("length_correlation", "Correlation of score and length"),
)
SLICES = {
    "responses": "Responses of the prompt",
    "length_quarter": "Quarter by length",
    "cohort": "Cohort",
    "model": "Model that wrote one of the two",
    "label": "Label of the prompt",
    "dimension": "Dimension (+ rated as ranked, - rated against it)",
    "learned_from": "Learned from this annotator",
    "in_training": "A text of it is in training too",
    "annotator": "Annotator",
}
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1c1f24, #e7e9ec); --dim: light-dark(#5b626d, #a0a7b1);
  --line: light-dark(#d9dce1, #3a3f47); --mark: light-dark(#1f5fbf, #7fb0ff); --warn: light-dark(#8a4b00, #ffc47a); }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: light-dark(#fff, #16181c);
  max-width: 60rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { text-align: right; padding: .25rem .75rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.wide { overflow-x: auto; }
.plots { display: flex; flex-wrap: wrap; gap: 2rem; }
figure { margin: 0; flex: 1 1 18rem; max-width: 24rem; }
figcaption, .dim { color: var(--dim); }
svg { width: 100%; height: auto; }
.warning { color: var(--warn); font-weight: 600; }
"""


def html_report(report: dict[str, Any], *, title: str) -> str:
    """report: as `evaluate` writes it. Names of models, people and files are text, whatever they hold."""
    body = [f"<h1>{escape(title)}</h1>", f'<p class="dim">{escape(_provenance(report))}</p>']
    for split, figures in _splits(report):
        body.append(f"<h2>{escape(split)}</h2>")
        if figures is None:
            body.append("<p>No pair to measure.</p>")
            continue
        body.append(f"<p>{figures['pairs']} pairs of {figures['prompts']} prompts.</p>")
        body += [f'<p class="warning">{escape(warning)}</p>' for warning in figures["warnings"]]
        body.append(_table(["", "", "95 % interval"], _rows(figures)))
        body.append('<div class="plots">' + _reliability(figures) + _bars(figures) + "</div>")
        body += [_table(head, rows) for head, rows in _heads(figures)]
        for kind, name in SLICES.items():
            if entries := figures["slices"].get(kind):
                body.append(_table([name, "accuracy", "pairs"], _slice_rows(entries)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def markdown_report(report: dict[str, Any], *, title: str) -> str:
    """The same figures without the plots."""
    lines = [f"# {_plain(title)}", "", _plain(_provenance(report)), ""]
    for split, figures in _splits(report):
        lines += [f"## {split}", ""]
        if figures is None:
            lines += ["No pair to measure.", ""]
            continue
        lines += [f"{figures['pairs']} pairs of {figures['prompts']} prompts.", ""]
        lines += [f"**{_plain(warning)}**\n" for warning in figures["warnings"]]
        lines += _markdown_table(["figure", "value", "95 % interval"], _rows(figures))
        for head, rows in _heads(figures):
            lines += _markdown_table(head, rows)
        for kind, name in SLICES.items():
            if entries := figures["slices"].get(kind):
                lines += _markdown_table([name, "accuracy", "pairs"], _slice_rows(entries))
    return "\n".join(lines) + "\n"


def _splits(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    for split in ("test", "validation", "train"):
        yield split, report[split]


def _provenance(report: dict[str, Any]) -> str:
    return (
        f"Data {report['data_sha256'][:12]}; encoded by {report['strategy']}; {report['dropped']} groups without a "
        f"preference left out, {report['truncated']} responses cut to the model's length."
    )


def _rows(figures: dict[str, Any]) -> list[list[str]]:
    rows = []
    for name, label in ROWS:
        value = figures[name]["accuracy"] if isinstance(figures[name], dict) else figures[name]
        if value is not None:
            interval = figures.get(f"{name}_interval")
            rows.append([label, f"{value:.3f}", f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else ""])
    return rows


def _heads(figures: dict[str, Any]) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Tables of what the heads beside the score are worth."""
    heads = figures["heads"] or {"doubt": None, "dimensions": {}}
    if told := heads["doubt"]:
        halves = [("surest", told["accuracy_sure"]), ("least sure", told["accuracy_unsure"])]
        rows = [[name, f"{value:.3f}"] for name, value in halves if value is not None]
        yield ["Half of the pairs of which the ensemble is", "accuracy"], rows
    rated = {name: own for name, own in heads["dimensions"].items() if own}
    if rated:
        head = ["Rated dimension", "error in points", "of always the mean", "order right", "ratings"]
        yield (
            head,
            [
                [
                    name,
                    f"{own['rmse']:.2f}",
                    f"{own['rmse_of_the_mean']:.2f}",
                    "" if own["accuracy"] is None else f"{own['accuracy']:.3f}",
                    str(own["ratings"]),
                ]
                for name, own in rated.items()
            ],
        )


def _slice_rows(entries: dict[str, Any]) -> list[list[str]]:
    return [[name, f"{entry['accuracy']:.3f}", str(entry["pairs"])] for name, entry in entries.items()]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f'<div class="wide"><table>{row(head, "th")}{"".join(row(cells, "td") for cells in rows)}</table></div>'


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    table = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(map(_plain, cells))} |" for cells in table), ""]


def _plain(text: str) -> str:
    """Without what Markdown or HTML would make something of."""
    return escape(" ".join(text.split())).replace("|", "&#124;").replace("*", "&#42;").replace("[", "&#91;")


def _reliability(figures: dict[str, Any]) -> str:
    """How often the likelier response was the better one, by how sure the model was."""
    points = [(entry["confidence"], entry["accuracy"]) for entry in figures["reliability"]]
    dots = "".join(
        f'<circle cx="{20 + 360 * (sure - 0.5):.1f}" cy="{190 - 170 * right:.1f}" r="4" fill="var(--mark)"/>'
        for sure, right in points
    )
    return (
        '<figure><svg viewBox="0 0 220 220" role="img" aria-label="Reliability diagram">'
        '<path d="M20 20V190H200" fill="none" stroke="var(--line)"/>'
        '<path d="M20 105L200 20" stroke="var(--dim)" stroke-dasharray="4"/>'
        f'{dots}<g font-size="11" fill="var(--dim)"><text x="14" y="206">50 %</text><text x="170" y="206">100 %</text>'
        '<text x="0" y="16">100 %</text></g></svg>'
        "<figcaption>Right (up) against sure of it (right), before calibration. On the line a model knows what it "
        "knows; below it, it is too sure.</figcaption></figure>"
    )


def _bars(figures: dict[str, Any]) -> str:
    """The model between the baselines and the ceiling."""
    shown = [("model", figures["accuracy"]), ("longer", figures["length_baseline_accuracy"])]
    shown.append(("first", figures["first_response_accuracy"]))
    if figures["human_ceiling"]:
        shown.append(("people", figures["human_ceiling"]["accuracy"]))
    bars = "".join(
        f'<rect x="60" y="{16 + 44 * place}" width="{140 * value:.1f}" height="24" '
        f'fill="var({"--mark" if name == "model" else "--dim"})"/>'
        f'<text x="0" y="{33 + 44 * place}">{name}</text><text x="204" y="{33 + 44 * place}">{100 * value:.0f}</text>'
        for place, (name, value) in enumerate(shown)
    )
    return (
        '<figure><svg viewBox="0 0 226 200" role="img" aria-label="Accuracy beside its baselines">'
        f'<g font-size="13" fill="var(--ink)">{bars}</g></svg>'
        "<figcaption>Accuracy in %, beside what needs no model, and beside people where several judged the same pair."
        "</figcaption></figure>"
    )
