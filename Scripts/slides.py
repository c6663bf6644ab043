"""Makes pandoc's own template of PowerPoint (standard input) one with letters that whole sentences fit in."""

import io
import re
import sys
import zipfile

SIZES = {"titleStyle": 26, "bodyStyle": 16}
MASTER = "ppt/slideMasters/slideMaster1.xml"

source = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
made = io.BytesIO()
with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
    for item in source.infolist():
        data = source.read(item)
        if item.filename == MASTER:
            text = data.decode()
            for style, points in SIZES.items():
                start, end = text.index(f"<p:{style}>"), text.index(f"</p:{style}>")
                text = text[:start] + re.sub(r'sz="\d+"', f'sz="{points * 100}"', text[start:end]) + text[end:]
            data = text.encode()
        target.writestr(item, data)
sys.stdout.buffer.write(made.getvalue())
