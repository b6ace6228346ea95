"""What differs between two versions as one page of HTML: all text escaped, no script, no picture, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from changes.blocks import Step, StepOp
from changes.release import Release
from changes.words import Op, diff_words
from pressvakt.differences import Difference, difference
from pressvakt.telling import summary
from storage.exports.metadata import exact
from storage.records import Change, Version

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
_STYLE = (
    "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 serif}"
    "del{background:#fdd;color:#800}ins{background:#dfd;color:#050;text-decoration:none}"
    "dt{color:#555}dd{margin:0 0 .5rem 1rem;overflow-wrap:anywhere}header,footer{color:#555}"
    ".added,.removed,.moved,.changed{border-left:.2rem solid #999;padding-left:.6rem}"
)


def change_page(change: Change, before: Version | None, after: Version | None) -> str:
    """The page about one change; stored pages are untrusted, so nothing of theirs is more than text in it."""
    titles = [version.release.title for version in (after, before) if version is not None]
    title = titles[0] if titles else change.title
    head = [
        '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
        '<meta name="robots" content="noindex">\n<meta name="referrer" content="no-referrer">',
        f"<title>{escape(str(change.kind))}: {escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<header><p>{escape(change.url)}<br>{escape(str(change.kind))}, detected {exact(change.detected_at)}</p>",
    ]
    particulars = summary(change.finding)
    if particulars:
        head.append(f"<p>{escape(particulars)}</p>")
    if change.finding.silent:
        head.append("<p>The page's own date of update did not move.</p>")
    versions = [version for version in (before, after) if version is not None]
    head += [f"<p>{_seen(version)}</p>" for version in dict.fromkeys(versions)]
    head.append("</header>\n<article>")
    return "\n".join([*head, *_body(before, after), "</article>\n</body>\n</html>\n"])


def _seen(version: Version) -> str:
    return f"version {version.number}: seen from {exact(version.first_seen)} to {exact(version.last_seen)}"


def _body(before: Version | None, after: Version | None) -> Iterator[str]:
    if before is None or after is None or before.number == after.number:
        only = after or before
        if only is not None:
            yield from _whole(only.release)
        return
    found = difference(before.release, after.release)
    yield f"<h1>{_words(*found.title) if found.title else escape(after.release.title)}</h1>"
    yield from _fields(found)
    for step in found.steps:
        yield _step(step)
    if found.empty:
        yield "<p><em>The two say the same.</em></p>"


def _whole(release: Release) -> Iterator[str]:
    yield f"<h1>{escape(release.title)}</h1>"
    if release.lead:
        yield f"<p><strong>{escape(release.lead)}</strong></p>"
    yield from (f"<p>{escape(block.text)}</p>" for block in release.body)


def _fields(found: Difference) -> Iterator[str]:
    rows: list[str] = []
    for name, (old, new) in found.fields.items():
        if len(old) == len(new) == 1:
            rows.append(f"<dt>{escape(name)}</dt><dd>{_words(old[0], new[0])}</dd>")
            continue
        values = [f"<del>{escape(value)}</del>" for value in old if value not in new]
        values += [f"<ins>{escape(value)}</ins>" for value in new if value not in old]
        rows.append(f"<dt>{escape(name)}</dt><dd>{'<br>'.join(values) or 'in another order'}</dd>")
    for words, old_url, new_url in found.links:
        link = f"{escape(words)}: <del>{escape(old_url)}</del> <ins>{escape(new_url)}</ins>"
        rows.append(f"<dt>link</dt><dd>{link}</dd>")
    if rows:
        yield f"<dl>{''.join(rows)}</dl>"


def _step(step: Step) -> str:
    old, new = (None if block is None else block.text for block in (step.before, step.after))
    if step.op is StepOp.EQUAL:
        return f"<p>{escape(new or old or '')}</p>"
    if old is not None and new is not None:
        words = _words(old, new)
    elif new is not None:
        words = f"<ins>{escape(new)}</ins>"
    else:
        words = f"<del>{escape(old or '')}</del>"
    return f'<p class="{step.op}">{words}</p>'


def _words(old: str, new: str) -> str:
    """One text with the words that went and came marked."""
    tags = {Op.EQUAL: "{}", Op.DELETE: "<del>{}</del>", Op.INSERT: "<ins>{}</ins>"}
    return "".join(tags[span.op].replace("{}", escape(span.text)) for span in diff_words(old, new))
