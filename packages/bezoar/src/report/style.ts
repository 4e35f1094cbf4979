/** The report's whole style sheet: two themes by the reader's setting, one column on a phone, ink on paper when printed. */
export const style = `
:root{color-scheme:light dark;--bg:#f7f6f3;--card:#fff;--ink:#1c1917;--soft:#6b645c;--line:#e4e0d9;--accent:#0f766e;--quiet:#a8c9c4;
--c1:#0f766e;--c2:#c2410c;--c3:#6d5bd0;--c4:#15803d;--c5:#be123c;--c6:#1d6fd1;
--d1:#c2410c;--d2:#e08a3c;--d3:#b9770e;--d4:#9a6b8f;--d5:#9ca3af;--good:#15803d;--bad:#be123c}
@media(prefers-color-scheme:dark){:root{--bg:#14120f;--card:#1e1b17;--ink:#f1ede6;--soft:#a8a096;--line:#35302a;--accent:#2dd4bf;--quiet:#2f5d58;
--c1:#2dd4bf;--c2:#fb923c;--c3:#a99bff;--c4:#4ade80;--c5:#fb7185;--c6:#60a5fa;
--d1:#fb923c;--d2:#f5b971;--d3:#d9a441;--d4:#c79bbd;--d5:#6b7280;--good:#4ade80;--bad:#fb7185}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:1180px;margin:auto;padding:0 20px}
header{padding-top:36px}
h1{font-size:clamp(1.7rem,4vw,2.5rem);line-height:1.15;margin:0;letter-spacing:-.02em}
header p,footer{color:var(--soft)}header p{margin:.3em 0 0}
h2{font-size:1.3rem;margin:2.4em 0 .8em;letter-spacing:-.01em}
h3{font-size:1.02rem;margin:0 0 .3em}small{color:var(--soft);font-weight:400}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:26px 0 14px}
.tiles div,.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:16px 18px}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.75rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tiles dd.note{font-size:.85rem;font-weight:400;color:var(--soft);letter-spacing:0}
.pipeline{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:0;padding:0}
.pipeline li{border:1px solid var(--line);border-left:4px solid var(--d5);background:var(--card);border-radius:8px;padding:5px 11px;font-size:.85rem}
.pipeline b{display:block;font-weight:600}.pipeline span{color:var(--soft)}
.k-lamini,.k-orca,.k-evol{border-left-color:var(--c3)!important}.k-filter{border-left-color:var(--c2)!important}.k-sft{border-left-color:var(--c1)!important}
.k-dpo{border-left-color:var(--c5)!important}.k-eval{border-left-color:var(--c6)!important}
.checks{list-style:none;padding:0;margin:16px 0 0}.checks li{padding:3px 0}.met b{color:var(--good)}.missed b{color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(260px,1fr));gap:12px}
.wide{margin-bottom:12px}
.big{font-size:1.6rem;font-weight:650;margin:.1em 0 .5em;font-variant-numeric:tabular-nums}.big small{font-size:.9rem}
.stack{display:flex;height:12px;border-radius:6px;overflow:hidden;background:var(--line);gap:1px}.stack i{display:block}
i.kept{background:var(--accent)}i.d1{background:var(--d1)}i.d2{background:var(--d2)}i.d3{background:var(--d3)}i.d4{background:var(--d4)}i.d5{background:var(--d5)}
table{border-collapse:collapse;font-size:.9rem}th{text-align:left;font-weight:500}td{font-variant-numeric:tabular-nums}
.reasons{width:100%;margin-top:12px}.reasons td{text-align:right}.reasons i,.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:8px}
.figures{color:var(--soft);margin:.1em 0 .8em;font-size:.92rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:18px 30px}
.charts.pairs{grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr))}
.chart{margin:0;max-width:540px}.chart figcaption{font-weight:600;font-size:.9rem;margin-bottom:4px}
svg{width:100%;height:auto;display:block;overflow:visible}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
svg .name,svg .value{fill:var(--ink);font-size:13px}svg .end{text-anchor:end}svg .middle{text-anchor:middle}
.grid{stroke:var(--line);stroke-width:1}
.line,.faint{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}.faint{opacity:.28;stroke-width:1.2}
polyline.c1{stroke:var(--c1)}polyline.c2{stroke:var(--c2)}polyline.c3{stroke:var(--c3)}polyline.c4{stroke:var(--c4)}polyline.c5{stroke:var(--c5)}polyline.c6{stroke:var(--c6)}
circle.c1,i.c1{fill:var(--c1);background:var(--c1)}circle.c2,i.c2{fill:var(--c2);background:var(--c2)}circle.c3,i.c3{fill:var(--c3);background:var(--c3)}
circle.c4,i.c4{fill:var(--c4);background:var(--c4)}circle.c5,i.c5{fill:var(--c5);background:var(--c5)}circle.c6,i.c6{fill:var(--c6);background:var(--c6)}
.dot{stroke:var(--card);stroke-width:1.5}
.bar{fill:var(--quiet)}.bar.strong{fill:var(--accent)}.whisker{stroke:var(--ink);stroke-width:1.3;fill:none;opacity:.75}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:4px 0 0;padding:0;font-size:.82rem;color:var(--soft)}
.scroll{overflow-x:auto}.numbers,.settings{margin-top:16px;width:100%}
.numbers th,.numbers td,.settings th,.settings td{padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}.numbers td,.numbers th{white-space:nowrap}
.numbers thead th{color:var(--soft)}.settings th{color:var(--soft);white-space:nowrap;width:1%}.settings td{overflow-wrap:anywhere}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:12px}
.prompt{font-weight:600;margin:0 0 10px;white-space:pre-wrap;overflow-wrap:anywhere}
.answer{border-left:3px solid var(--line);padding:2px 0 2px 12px;margin:0 0 10px}.answer p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.answer .who{font-size:.8rem;color:var(--soft)}.answer.right{border-color:var(--good)}.answer.wrong{border-color:var(--bad)}
.target{margin:0;font-size:.82rem;color:var(--soft);overflow-wrap:anywhere}
.warnings{color:var(--c2)}
details{border-top:1px solid var(--line);padding:9px 0}summary{cursor:pointer;font-weight:600}
footer{padding:32px 20px 48px;font-size:.85rem}
@media print{body{background:#fff}.card,.tiles div{break-inside:avoid}}
`;
