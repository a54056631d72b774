"""Small charts, drawn as SVG by the server: nothing is loaded from anywhere, and a table says the same."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, GAP = 280, 64, 2  # CSS pixels


def columns(values: Sequence[tuple[str, float]], *, label: str, unit: str = "") -> SafeString:
    """One column for each ``(name, value)``, the oldest first; a screen reader says ``label`` first."""
    if not values:
        return SafeString("")
    top = max((value for _, value in values), default=0) or 1
    step = WIDTH / len(values)
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"><title>{}: {}{}</title></rect>',
        (
            (
                f"{at * step:.1f}",
                f"{HEIGHT - max(value / top * HEIGHT, 1 if value else 0):.1f}",
                f"{max(step - GAP, 1):.1f}",
                f"{max(value / top * HEIGHT, 1 if value else 0):.1f}",
                name,
                f"{value:,.10g}",
                unit,
            )
            for at, (name, value) in enumerate(values)
        ),
    )
    last_name, last = values[-1]
    description = f"{label}: {last_name} {last:,.10g}{unit}, at most {top:,.10g}{unit} in {len(values)} days"
    return format_html(
        '<svg class="desk-chart" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>'
        '<p class="desk-axis" aria-hidden="true"><span>{}</span><span>most: {}{}</span><span>{}</span></p>',
        WIDTH,
        HEIGHT,
        description,
        bars,
        values[0][0],
        f"{top:,.10g}" if any(value for _, value in values) else "0",
        unit,
        last_name,
    )
