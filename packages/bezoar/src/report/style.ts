/** The style sheet of all pages: two themes by the reader's setting, one column on a phone, ink on paper when printed. */
export const style = `
:root{color-scheme:light dark;--bg:#f7f6f3;--card:#fff;--ink:#1c1917;--soft:#655e57;--line:#e4e0d9;--accent:#0f766e;--quiet:#a8c9c4;
--c1:#0f766e;--c2:#c2410c;--c3:#6d5bd0;--c4:#15803d;--c5:#be123c;--c6:#1d6fd1;--drop:#c97b4a;--good:#15703a;--bad:#be123c;--shade:#0002}
@media screen and (prefers-color-scheme:dark){:root{--bg:#14120f;--card:#1e1b17;--ink:#f1ede6;--soft:#aba39a;--line:#35302a;--accent:#2dd4bf;--quiet:#2f5d58;
--c1:#2dd4bf;--c2:#fb923c;--c3:#a99bff;--c4:#4ade80;--c5:#fb7185;--c6:#60a5fa;--drop:#c0763f;--good:#4ade80;--bad:#fb7185;--shade:#0009}}
*{box-sizing:border-box}
html{scroll-padding-top:64px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
main,header,footer,nav ol{max-width:1180px;margin:auto;padding:0 20px}
header{padding-top:36px;padding-bottom:14px}
h1{font-size:clamp(1.7rem,4vw,2.5rem);line-height:1.15;margin:0;letter-spacing:-.02em;overflow-wrap:anywhere}
header p,footer{color:var(--soft)}header p{margin:.3em 0 0;overflow-wrap:anywhere}
h2{font-size:1.4rem;margin:2.2em 0 .7em;letter-spacing:-.01em}
h3{font-size:1.02rem;margin:1.6em 0 .5em}.card>h3:first-child{margin-top:0}.fold h3{font-size:.95rem;margin:1.4em 0 .5em}
small,.soft{color:var(--soft);font-weight:400}small{font-size:.86em}code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
nav{position:sticky;top:0;z-index:2;background:var(--bg);border-bottom:1px solid var(--line)}
nav ol{display:flex;gap:4px 22px;list-style:none;overflow-x:auto;scrollbar-width:none}
nav a{display:block;padding:12px 2px;color:var(--soft);text-decoration:none;white-space:nowrap;font-size:.92rem}nav a:hover{color:var(--ink);text-decoration:underline}
nav a:focus-visible{outline-offset:-3px}
.outcome{margin:22px 0 0;font-size:1.05rem}.met,.met b{color:var(--good)}.missed,.missed b{color:var(--bad)}.outcome.met,.outcome.missed{color:var(--ink)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(145px,1fr));gap:12px;margin:20px 0 0}
.tiles div,.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;min-width:0}
.tiles dt{color:var(--soft);font-size:.86rem}.tiles dd{margin:0;font-size:1.45rem;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tiles dd.note{font-size:.86rem;font-weight:400;color:var(--soft);letter-spacing:0}
.pipeline{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:0;padding:0}
.pipeline li{border:1px solid var(--line);border-left:4px solid var(--soft);background:var(--card);border-radius:8px;padding:5px 11px;font-size:.86rem}
.pipeline b{display:block;font-weight:600}.pipeline span{color:var(--soft)}
.pipeline .k-lamini,.pipeline .k-orca,.pipeline .k-evol{border-left-color:var(--c3)}.pipeline .k-filter,.pipeline .k-clean{border-left-color:var(--c2)}
.pipeline .k-sft{border-left-color:var(--c1)}.pipeline .k-dpo{border-left-color:var(--c5)}.pipeline .k-eval,.pipeline .k-mt-bench{border-left-color:var(--c6)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px;align-items:start}
.card+.card{margin-top:12px}.cards>.card,.samples>.card,.rows>.card{margin-top:0}
.figures{color:var(--soft);margin:.1em 0 .9em;font-size:.92rem;max-width:80ch}.figures b{color:var(--ink)}.scroll+.figures{margin-top:1em}
table{border-collapse:collapse;font-size:.9rem}th{text-align:left;font-weight:500}td{font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;max-width:100%;position:relative;--surface:var(--bg);background:linear-gradient(90deg,var(--surface) 30%,#0000) 0 0/36px 100%,linear-gradient(-90deg,var(--surface) 30%,#0000) 100% 0/36px 100%,linear-gradient(90deg,var(--shade),#0000) 0 0/14px 100%,linear-gradient(-90deg,var(--shade),#0000) 100% 0/14px 100%;background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}.card .scroll,.card.scroll{--surface:var(--card)}.card.scroll{background-color:var(--card)}
.numbers,.settings{width:100%}.numbers th,.numbers td,.settings th,.settings td{padding:6px 16px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
.numbers td,.numbers th{white-space:nowrap}.numbers td small:not(:first-child){white-space:nowrap}.numbers thead th{color:var(--soft);vertical-align:bottom}.numbers tfoot th,.numbers tfoot td{font-weight:600;border-bottom:0}
.right td,.right thead th:nth-child(n+3){text-align:right}.right td.left{text-align:left}
.settings th{color:var(--soft);width:1%;min-width:9em;padding-right:20px}.settings td{overflow-wrap:anywhere}
.funnel{width:100%;table-layout:fixed}.funnel th,.funnel td{padding:3px 0;vertical-align:middle}.funnel .stage{padding-top:12px;font-weight:600}
.funnel th[scope=row]{width:41%;padding-right:10px;color:var(--soft);overflow-wrap:anywhere}.funnel td:last-child{width:25%;text-align:right}
.funnel.narrow{max-width:620px}.funnel.narrow th[scope=row]{width:14%}.funnel.narrow td:last-child{width:38%}
.bar i,.meter i{display:inline-block;height:12px;background:var(--drop);vertical-align:middle;min-width:1px}.bar{font-size:0}.bar i:first-child{border-radius:3px 0 0 3px}.bar i:last-child{border-radius:0 3px 3px 0}
.input .bar i{background:var(--quiet)}.kept .bar i,.bar i.kept{background:var(--accent)}.kept th,.kept td{font-weight:600}.funnel .kept th[scope=row]{color:var(--ink)}
.meter{height:12px;border-radius:6px;background:var(--line);overflow:hidden;margin-bottom:14px}.meter i{background:var(--accent);display:block}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr));gap:22px 28px;align-items:start}
.chart{margin:0;max-width:440px;min-width:0}.chart figcaption{font-weight:600;font-size:.92rem;margin-bottom:6px;line-height:1.35}.chart figcaption small{display:block}
.chart.radar{max-width:520px}.radar text{font-size:17px}.radar text[font-size='10']{font-size:14px}.charts.bench{grid-template-columns:minmax(0,520px) minmax(0,1fr);margin-bottom:16px}@media(max-width:860px){.charts.bench{grid-template-columns:minmax(0,1fr)}}
.metric{display:grid;grid-template-columns:minmax(0,320px) minmax(0,1fr);gap:8px 24px;align-items:start;border-top:1px solid var(--line);padding:16px 0}
.metric .numbers td{white-space:normal;min-width:8.5em}
@media(max-width:860px){.metric{grid-template-columns:minmax(0,1fr)}}
svg{width:100%;height:auto;display:block;overflow:visible}
svg text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
.chart:not(.radar) text{font-size:12px;fill:var(--soft)}.chart text.name,.chart text.value{fill:var(--ink);font-size:12.5px}svg .end{text-anchor:end}svg .middle{text-anchor:middle}
.grid{stroke:var(--line);stroke-width:1}.reference{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.line,.faint{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.faint{opacity:.3;stroke-width:1}
.line.dash1{stroke-dasharray:7 4}.line.dash2{stroke-dasharray:1.5 4.5}
polyline.c1{stroke:var(--c1)}polyline.c2{stroke:var(--c2)}polyline.c3{stroke:var(--c3)}polyline.c4{stroke:var(--c4)}polyline.c5{stroke:var(--c5)}polyline.c6{stroke:var(--c6)}
.c1{--own:var(--c1)}.c2{--own:var(--c2)}.c3{--own:var(--c3)}.c4{--own:var(--c4)}.c5{--own:var(--c5)}.c6{--own:var(--c6)}
circle[class*=c]{fill:var(--own)}.dot,.mark circle{stroke:var(--card);stroke-width:1.5}.mark line{stroke:var(--soft);stroke-width:1}.mark{pointer-events:none}
circle.estimate{fill:var(--accent)}.whisker{stroke:var(--ink);stroke-width:1.4;fill:none}
.plot{position:relative;touch-action:pan-y}.plot[role=slider]{cursor:crosshair}
.tip{position:absolute;top:0;left:0;pointer-events:none;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:5px 9px;font-size:.78rem;line-height:1.4;max-width:75%;box-shadow:0 2px 10px #0003;z-index:1}
.tip span{display:block}.tip span:first-child{font-weight:600}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;margin:4px 0 0;padding:0;font-size:.82rem;color:var(--soft)}
.legend i{display:inline-block;margin-right:7px;vertical-align:middle}.legend .round{width:9px;height:9px;border-radius:50%;background:var(--own,var(--soft))}
.legend .key{width:20px;border-top:2.5px solid var(--own)}.legend .dash1{border-top-style:dashed}.legend .dash2{border-top-style:dotted}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:12px;align-items:start}
.rows{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:12px;align-items:start}
.text{margin:0 0 8px;white-space:pre-wrap;overflow-wrap:anywhere}.text>summary{font-weight:400}.prompt{font-weight:600;margin:0 0 10px}
.label{margin:6px 0 0;font-size:.8rem;color:var(--soft)}
.answer{border-left:3px solid var(--line);padding:0 0 0 12px;margin:0 0 10px}.answer .label{margin:0}.answer.right{border-color:var(--good)}.answer.wrong{border-color:var(--bad)}.answer .verdict{font-size:inherit}.right .verdict{color:var(--good)}.wrong .verdict{color:var(--bad)}
.row{border-left:4px solid var(--accent)}.row.dropped{border-left-color:var(--drop)}.verdict{margin:4px 0;font-size:.88rem;overflow-wrap:anywhere}.verdict.reject b,.verdict.error b{color:var(--bad)}.verdict.accept b{color:var(--good)}
.target{margin:8px 0 0;font-size:.82rem;color:var(--soft);overflow-wrap:anywhere}
.warnings{color:var(--c2);overflow-wrap:anywhere}.notes{color:var(--soft);font-size:.86rem;padding-left:1.2em;overflow-wrap:anywhere}
summary{cursor:pointer;padding:4px 0}.fold{border-top:1px solid var(--line);padding:6px 0}.fold>summary{font-weight:600;padding:6px 0}.fold[open]{padding-bottom:16px}
.values{font-size:.86rem;color:var(--soft);margin-top:4px}.values .numbers{font-size:inherit;color:var(--ink)}
footer{padding:32px 20px 48px;font-size:.86rem}
@media(max-width:480px){.radar text{font-size:20px}.radar text[font-size='10']{font-size:16px}main,header,footer,nav ol{padding-left:14px;padding-right:14px}.card{padding:14px}.tiles div{padding:12px 14px}.tiles dd{font-size:1.35rem}}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc}body{font-size:11px;-webkit-print-color-adjust:exact;print-color-adjust:exact}nav,.values,.tip{display:none}
.card,.tiles div{border-color:#ccc;break-inside:auto}figure,tr,.metric,.rows>.card,.samples>.card,.tiles div{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible;background:none}.numbers td,.numbers th{white-space:normal}
.fold::details-content{content-visibility:visible;height:auto}}
`;
