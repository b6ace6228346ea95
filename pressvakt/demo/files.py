"""Files that the demo's releases offer: PDFs of one page, made on the spot and the same each time."""

from __future__ import annotations

_FONT = "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(lines: tuple[str, ...]) -> bytes:
    """A PDF (ISO 32000-1) of one page with these lines of text. Letters beyond ASCII are left out."""
    shown = ["".join(letter for letter in line if letter.isascii() and letter not in "\\()") for line in lines]
    text = "BT /F1 14 Tf 60 780 Td 22 TL " + " ".join(f"({line}) Tj T*" for line in shown) + " ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << {_FONT} >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start, size = len(out), len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return (out + f"startxref\n{start}\n%%EOF\n").encode("ascii")
