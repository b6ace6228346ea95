"""How the parts of a message look: in light, in each element's own style; in dark, by class.

Mail programs drop style sheets more often than not, so what everybody must see stands in the elements; what only
programs with a dark side need stands in the sheet, which those keep. Nothing is told by colour alone.
"""

from __future__ import annotations

from markupsafe import Markup

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_WRAP = "overflow-wrap:anywhere;word-break:break-word"

#: Part, its style, and what of it is different in the dark.
_LOOKS: dict[str, tuple[str, str]] = {
    "page": (f"margin:0;padding:0;background:#f2f3f5;color:#1b1e23;{_FONT}", "background:#15171b;color:#e6e8eb"),
    "pad": ("padding:24px 12px", ""),
    "card": ("background:#ffffff;border:1px solid #dfe2e7;border-radius:10px", "background:#1e2126;border-color:#343941"),
    "in": ("padding:24px 28px", ""),
    "eyebrow": (f"margin:0 0 8px;font-size:13px;line-height:18px;color:#59616e;{_WRAP}", "color:#a5adba"),
    "h1": (f"margin:0 0 12px;font-size:22px;line-height:29px;font-weight:700;color:#1b1e23;{_WRAP}", "color:#f3f4f6"),
    "h2": (f"margin:28px 0 0;padding-bottom:6px;border-bottom:2px solid #1b1e23;font-size:18px;line-height:25px;font-weight:700;color:#1b1e23;{_WRAP}", "color:#f3f4f6;border-color:#8a93a1"),
    "h3": (f"margin:18px 0 4px;font-size:14px;line-height:20px;font-weight:700;color:#3d4450;{_WRAP}", "color:#c6ccd5"),
    "story": ("padding:12px 0;border-bottom:1px solid #e6e8ec", "border-color:#343941"),
    "title": (f"margin:0 0 4px;font-size:16px;line-height:23px;font-weight:600;{_WRAP}", ""),
    "text": (f"margin:0 0 8px;font-size:15px;line-height:23px;color:#1b1e23;{_WRAP}", "color:#e6e8eb"),
    "small": (f"margin:0 0 6px;font-size:13px;line-height:19px;color:#59616e;{_WRAP}", "color:#a5adba"),
    "quote": (f"margin:0 0 10px;padding:2px 0 2px 12px;border-left:3px solid #b9c0cb;font-size:15px;line-height:23px;color:#3d4450;{_WRAP}", "color:#c6ccd5;border-color:#59616e"),
    "was": (f"padding:8px 12px;border-left:3px solid #c9514c;background:#fdf5f4;font-size:15px;line-height:23px;color:#1b1e23;{_WRAP}", "background:#2b2123;color:#e6e8eb"),
    "now": (f"padding:8px 12px;border-left:3px solid #2f8a53;background:#f3faf5;font-size:15px;line-height:23px;color:#1b1e23;{_WRAP}", "background:#1d2923;color:#e6e8eb"),
    "side": ("font-size:12px;line-height:18px;color:#59616e", "color:#a5adba"),
    "del": ("background:#f9d4d1;color:#7d1b16;text-decoration:line-through", "background:#63292b;color:#ffd9d6"),
    "ins": ("background:#c4ebd0;color:#0f4a28;font-weight:600;text-decoration:none", "background:#1f5735;color:#d5f7e0"),
    "link": ("color:#1756a9;text-decoration:underline", "color:#8db8f5"),
    "head": ("color:#1b1e23;text-decoration:none", "color:#f3f4f6"),
    "foot": (f"padding:16px 28px 0;font-size:12px;line-height:18px;color:#59616e;{_WRAP}", "color:#a5adba"),
    "silent": ("color:#8a3b00;font-weight:600", "color:#ffb784"),
    "button": ("display:inline-block;padding:12px 22px;border-radius:8px;background:#1756a9;color:#ffffff;font-size:16px;line-height:22px;font-weight:600;text-decoration:none", "background:#2b6cc4;color:#ffffff"),
    "list": ("margin:0 0 8px;padding:0 0 0 20px", ""),
    "hidden": ("display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:#f2f3f5;opacity:0", ""),
}  # fmt: skip


def look(part: str) -> Markup:
    """The class and style of a part, to stand inside its tag."""
    style, dark = _LOOKS[part]
    marked = f'class="{part}" ' if dark or part in ("pad", "in") else ""
    return Markup(f'{marked}style="{style}"')  # noqa: S704 - written above, by us


def sheet() -> Markup:
    """What cannot stand in an element: the dark side and small screens."""
    dark = "".join(f".{part}{{{_forced(rules)}}}" for part, (_, rules) in _LOOKS.items() if rules)
    narrow = ".pad{padding:0!important}.in{padding:20px 16px!important}.foot{padding:16px 16px 20px!important}"
    narrow += ".card{border-left:0!important;border-right:0!important;border-radius:0!important}"
    return Markup(  # noqa: S704 - as above
        ":root{color-scheme:light dark;supported-color-schemes:light dark}"
        f"@media (prefers-color-scheme:dark){{{dark}}}@media (max-width:600px){{{narrow}}}"
    )


def _forced(rules: str) -> str:
    """Rules that win over the element's own style."""
    return ";".join(f"{rule}!important" for rule in rules.split(";"))
