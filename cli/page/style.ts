// How the page looks: light and dark as the reader's system has it, and in print.

export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6570;--faint:#8a949e;--paper:#fff;--rise:#f5f7f9;--edge:#d5dbe1;--red:#c02626;--green:#147a3c;--amber:#9a6200;--blue:#1f5fbf;--violet:#8427b0;--shade:#8a949e55;--fault:#e0810022}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a7b0ba;--faint:#77818c;--paper:#14171b;--rise:#1d2126;--edge:#353c44;--red:#ff7b72;--green:#56d083;--amber:#e7b34a;--blue:#79b0ff;--violet:#d79bff;--shade:#8a949e55;--fault:#ffb03022}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1500px;padding:16px 24px 48px;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
h1{font-size:1.45rem;margin:.2em 0}h2{font-size:1.12rem;margin:1.6em 0 .5em}h3{font-size:1rem;margin:.8em 0 .2em}
small,.note{color:var(--soft);font-weight:400}p{margin:.35em 0}ul,ol{margin:.3em 0;padding-left:1.5em}
a{color:var(--blue)}code,pre,.events,#data{font:13px/1.5 ui-monospace,monospace}pre{background:var(--rise);padding:10px 12px;overflow-x:auto}
.verdict{border-left:6px solid var(--amber);background:var(--rise);padding:8px 16px;margin:12px 0}.verdict.as-expected{border-color:var(--green)}.verdict.not-as-expected{border-color:var(--red)}
.word{font-size:1.25rem;font-weight:650}.as-expected .word{color:var(--green)}.not-as-expected .word{color:var(--red)}.inconclusive .word{color:var(--amber)}
.finding.holds .sign{color:var(--green)}.finding.violated .sign{color:var(--red)}.finding.unknown .sign{color:var(--amber)}
.tools{display:flex;flex-wrap:wrap;gap:6px 10px;align-items:center;margin:6px 0}.tools label{white-space:nowrap}
button,input[type=search]{font:inherit;color:inherit;background:var(--rise);border:1px solid var(--edge);border-radius:4px;padding:2px 9px}
:focus-visible{outline:2px solid var(--blue);outline-offset:1px}
#diagram{display:block;width:100%;border:1px solid var(--edge);background:var(--paper);touch-action:pan-y;cursor:grab;user-select:none}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg path{fill:none}
.lane .name{font-size:12.5px;font-weight:600;fill:var(--ink)}.lane.store .name{fill:var(--violet)}.gutter{fill:var(--paper)}
.line{stroke:var(--faint);stroke-width:1}.tick{stroke:var(--edge);stroke-width:1}.time{text-anchor:middle}.value{text-anchor:end}
.window rect{fill:var(--fault)}.window text{fill:var(--amber);font-weight:600}
.stretch.absent rect{fill:var(--shade)}.stretch.absent text{font-weight:600}.stretch.doubt rect{fill:var(--violet);opacity:.55}.stretch.blocked rect{fill:var(--red);opacity:.8}.stretch.lease rect{fill:var(--green);opacity:.55}.stretch.shared rect{fill:var(--red);opacity:.75}
.i{cursor:pointer}.i .a{stroke:var(--blue);stroke-width:1.3}.i .h{fill:var(--blue)}.i .near{stroke:transparent;stroke-width:9}.i .x{stroke:var(--red);stroke-width:1.8}
.ask .a,.answer .a{stroke:var(--green)}.ask .h,.answer .h{fill:var(--green)}.answer .a{stroke-dasharray:5 3}.untraced .a{stroke:var(--violet)}.untraced .h{fill:var(--violet)}
.lost .a,.dropped .a,.unseen .a{stroke:var(--red);stroke-dasharray:3 3}.again .a{stroke:var(--amber)}.again .h{fill:var(--amber)}
.m{stroke:var(--soft);stroke-width:1}.decision .m{fill:var(--green);stroke:var(--green)}.promise .m{fill:var(--violet);stroke:var(--violet)}.force .m{fill:var(--ink);stroke:var(--ink)}.note .m{fill:var(--paper)}.hold .m{fill:var(--amber);stroke:var(--amber)}
.crash .m{stroke:var(--red);stroke-width:3}.crash text,.i.fault text{fill:var(--red);font-weight:600}.i.fault .m{fill:var(--amber);stroke:var(--amber)}.boot .m{fill:var(--green);stroke:var(--green)}.phase .m{stroke-dasharray:2 4}
.dim{opacity:.16}.chosen .a,.chosen .m{stroke:var(--ink);stroke-width:3.5}.chosen{opacity:1}.chosen text{fill:var(--ink);font-weight:700}
#data{background:var(--rise);border:1px solid var(--edge);padding:8px 12px;min-height:5.5em;max-height:22em;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.chart{margin:10px 0}.chart svg{width:100%;height:auto}.bar.b0{fill:var(--blue)}.bar.b1{fill:var(--red)}.curve{stroke-width:2;stroke-linecap:round}.c0{stroke:var(--blue)}.c1{stroke:var(--amber)}
.key{margin-left:1em;color:var(--soft)}.key::before{content:"";display:inline-block;width:.75em;height:.75em;margin-right:.35em;background:var(--blue)}.key.b1::before{background:var(--red)}.key.c1::before{background:var(--amber)}.key.w::before{background:var(--fault);border:1px solid var(--amber)}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:3px 14px 3px 0;border-bottom:1px solid var(--edge)}td{overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
.told tr.red th{color:var(--red)}.told tr.green th{color:var(--green)}.told tr.magenta th{color:var(--violet)}.told tr.yellow th{color:var(--amber)}.told tr.cyan th{color:var(--blue)}
.needs-script{display:none}.scripted .needs-script{display:flex}#data{display:none}.scripted #data{display:block}
@media print{:root{color-scheme:light;--ink:#1b1f24;--soft:#5b6570;--faint:#8a949e;--paper:#fff;--rise:#f5f7f9;--edge:#d5dbe1;--red:#c02626;--green:#147a3c;--amber:#9a6200;--blue:#1f5fbf;--violet:#8427b0;--shade:#8a949e55;--fault:#e0810022}body{max-width:none;padding:0 12px;font-size:11px}.tools,#data,.scripted #data,.scripted .needs-script{display:none}section,figure,article{break-inside:avoid}a{color:inherit;text-decoration:none}*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`.trim();
