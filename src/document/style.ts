const light =
  '--soft: #5d636b; --line: #d9dadb; --panel: #77770a12; --accent: #1f6cab; --good: #1b7f4b; --bad: #a8452b; --word: #7a3e9d;';
const dark =
  '--soft: #a0a6ad; --line: #34383d; --panel: #a8b4c012; --accent: #7ab8ea; --good: #63c795; --bad: #e59478; --word: #c79be3;';
/** By what the reader's system asks for, or by the choice of a site that has one. */
const theme = (page: string): string => `${page} { ${light} }
@media (prefers-color-scheme: dark) { ${page} { ${dark} } }
:root[data-theme="light"] ${page} { ${light} }
:root[data-theme="dark"] ${page} { ${dark} }`;

/** The style of pages. What stands in `.nsm-page` is styled alike inside of other sites. */
export const pageStyle = `
${theme('.nsm-page')}
.nsm-page p, .nsm-page > ul, .nsm-page .declaration > ul { max-width: 44rem; }
.nsm-page .lead > p:first-child { font-size: 1.2rem; line-height: 1.45; }
.nsm-page .references { color: var(--soft); margin: .2rem 0; font-size: .95rem; }
.nsm-page .kind { color: var(--soft); font-weight: normal; font-size: .8em; margin-left: .3em; }
.nsm-page .contents, .nsm-page .index { list-style: none; padding: 0; margin: 1.2rem 0; }
.nsm-page .contents li, .nsm-page .index li { margin: .3rem 0; }
.nsm-page .index a { font-weight: 600; margin-right: .4em; }
.nsm-page .declaration { margin-top: 2.6rem; padding-top: .4rem; border-top: 1px solid var(--line); scroll-margin-top: 4rem; }
.nsm-page .declaration.whole { margin-top: 0; border-top: 0; }
.nsm-page .declaration > h2 { margin: .8rem 0 .6rem; border: 0; }
.nsm-page .declaration > h2 a { color: inherit; text-decoration: none; }
.nsm-page h3 { margin: 1.8rem 0 .4rem; font-size: 1.05rem; }
.nsm-page pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .7rem .9rem; overflow-x: auto; font-size: .84rem; line-height: 1.5; white-space: pre; }
.nsm-page pre.signature { white-space: pre-wrap; }
.nsm-page code, .nsm-page samp { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.nsm-page pre code { background: none; padding: 0; border: 0; }
.nsm-page :not(pre) > code { font-size: .86em; background: none; padding: 0; }
.nsm-page .nsm .comment { color: var(--soft); }
.nsm-page .nsm .word { color: var(--word); }
.nsm-page .nsm .number, .nsm-page .nsm .text { color: var(--good); }
.nsm-page .nsm a { text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: .2em; }
.nsm-page figure.model { margin: 1.4rem 0; overflow-x: auto; background: none; border: 0; padding: 0; }
.nsm-page svg.graph { display: block; max-width: 100%; height: auto; font-family: system-ui, sans-serif; }
.nsm-page svg.graph text { text-anchor: middle; fill: currentColor; stroke: none; }
.nsm-page svg.graph .name { font-size: 14px; }
.nsm-page svg.graph .below { font-size: 11px; fill: var(--soft); }
.nsm-page svg.graph .edge { fill: none; stroke: var(--soft); stroke-width: 1.2; }
.nsm-page svg.graph .head { fill: var(--soft); stroke: none; }
.nsm-page svg.graph rect { fill: none; stroke: var(--soft); stroke-width: 1.3; }
.nsm-page svg.graph .parameter rect { fill: none; stroke: var(--line); }
.nsm-page svg.graph .observed rect { fill: color-mix(in srgb, var(--accent) 22%, transparent); stroke: var(--accent); }
.nsm-page svg.graph .latent rect, .nsm-page svg.graph .state rect { stroke: var(--accent); }
.nsm-page svg.graph .energy rect { fill: var(--panel); stroke-dasharray: 3 3; }
.nsm-page .densities { margin: 1.4rem 0; background: none; border: 0; padding: 0; }
.nsm-page .densities .panels { display: flex; flex-wrap: wrap; gap: .6rem 1.6rem; }
.nsm-page .densities .panels > div { flex: 1 1 11rem; max-width: 16rem; }
.nsm-page .densities p { margin: 0 0 0 2rem; color: var(--soft); font: .82rem/1.4 system-ui, sans-serif; }
.nsm-page .densities figcaption { margin-top: .5rem; }
.nsm-page svg.density { display: block; width: 100%; height: auto; font: 10px system-ui, sans-serif; }
.nsm-page svg.density text { text-anchor: middle; fill: var(--soft); stroke: none; }
.nsm-page svg.density .side { text-anchor: end; }
.nsm-page svg.density .bar { fill: var(--accent); fill-opacity: .28; stroke: none; }
.nsm-page svg.density .draw { fill: var(--accent); fill-opacity: .45; stroke: none; }
.nsm-page svg.density path.law { fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linejoin: round; }
.nsm-page svg.density circle.law { fill: var(--accent); stroke: none; }
.nsm-page svg.density .axis { fill: none; stroke: var(--soft); stroke-width: .8; }
.nsm-page .scroll { overflow-x: auto; margin: 1.1rem 0; }
.nsm-page table { border-collapse: collapse; font: .92rem/1.45 system-ui, sans-serif; width: auto; display: table; }
.nsm-page caption { text-align: left; color: var(--soft); font-weight: 600; padding-bottom: .2rem; }
.nsm-page th, .nsm-page td { text-align: left; vertical-align: top; padding: .3rem 1.6rem .3rem 0; border: 0; border-bottom: 1px solid var(--line); background: none; font-weight: normal; }
.nsm-page tr, .nsm-page thead { background: none !important; }
.nsm-page thead th { color: var(--soft); font-size: .85em; }
.nsm-page dl.equations { display: grid; align-items: baseline; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .5rem 1.6rem; margin: .6rem 0; line-height: 1.75; }
.nsm-page dl.equations dt { grid-column: 1; color: var(--soft); max-width: 16rem; }
.nsm-page dl.equations dd { grid-column: 2; margin: 0; padding: .1rem 0; min-width: 0; overflow-x: auto; overflow-y: hidden; }
.nsm-page dl.equations .depth-1 { padding-left: 1rem; }
.nsm-page dl.equations .depth-2 { padding-left: 2rem; }
.nsm-page dl.equations .depth-3 { padding-left: 3rem; }
.nsm-page math { font-size: 1.06em; }
.nsm-page .badge { font: 600 .8rem/1 system-ui, sans-serif; padding: .22rem .5rem; border-radius: 99px; border: 1px solid currentColor; color: var(--soft); white-space: nowrap; margin-right: .3em; }
.nsm-page .badge.good { color: var(--good); }
.nsm-page .badge.bad { color: var(--bad); }
.nsm-page .answer { font: .82rem system-ui, sans-serif; color: var(--soft); margin-left: .6em; white-space: nowrap; }
.nsm-page .answer.no { color: var(--bad); }
.nsm-page .example { margin: 1.2rem 0; border-left: 3px solid var(--line); padding-left: 1rem; }
.nsm-page .example pre { margin: .5rem 0; }
.nsm-page .example .output { max-height: 18rem; overflow-y: auto; border: 0; color: var(--soft); }
.nsm-page .example .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: .6rem 2rem; align-items: start; }
.nsm-page .example figure { margin: .8rem 0; background: none; border: 0; padding: 0; max-width: 30rem; }
.nsm-page .example figure > svg { display: block; width: 100%; height: auto; }
.nsm-page .example img { display: block; width: 100%; image-rendering: pixelated; }
.nsm-page figcaption { color: var(--soft); font-size: .9rem; }
.nsm-page .source { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.nsm-page .source summary { cursor: pointer; color: var(--soft); }
@media (max-width: 640px) {
  .nsm-page dl.equations { display: block; }
  .nsm-page dl.equations dt { margin-top: .8rem; }
  .nsm-page dl.equations dd { padding: .15rem 0; }
  .nsm-page th, .nsm-page td { padding-right: .9rem; }
}
`;

export const style = `:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1d2024; --shade: #5d636b; --rule: #d9dadb; --tint: #f5f5f1; --link: #1f6cab;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e4e5e6; --shade: #a0a6ad; --rule: #34383d; --tint: #1d2024; --link: #7ab8ea; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.03rem/1.58 "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "Source Serif 4", Georgia, serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
header { position: sticky; top: 0; z-index: 1; display: flex; gap: 1.5rem; align-items: center; padding: .6rem 1.4rem; background: var(--paper); border-bottom: 1px solid var(--rule); font-family: system-ui, sans-serif; }
header .home { font-weight: 650; color: inherit; white-space: nowrap; }
.search { position: relative; flex: 1; max-width: 26rem; margin-left: auto; }
.search input { width: 100%; font: inherit; font-size: .95rem; padding: .35rem .7rem; color: inherit; background: var(--tint); border: 1px solid var(--rule); border-radius: 6px; }
.search ol { position: absolute; inset: 100% 0 auto; margin: .3rem 0 0; padding: .3rem 0; list-style: none; background: var(--paper); border: 1px solid var(--rule); border-radius: 6px; max-height: 70vh; overflow-y: auto; box-shadow: 0 6px 24px #0003; }
.search li a { display: block; padding: .35rem .8rem; color: var(--shade); font-size: .85rem; line-height: 1.35; }
.search li strong { color: var(--ink); font-size: .92rem; }
.search li a:hover, .search li a:focus { background: var(--tint); text-decoration: none; }
.columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); max-width: 78rem; margin: 0 auto; }
nav { padding: 1.6rem 1rem 3rem 1.4rem; font: .9rem/1.5 system-ui, sans-serif; position: sticky; top: 3.4rem; align-self: start; max-height: calc(100vh - 3.4rem); overflow-y: auto; }
nav summary { display: none; }
nav p { color: var(--shade); font-weight: 600; margin: 1rem 0 .2rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: block; padding: .06rem 0; color: inherit; }
nav li a:hover { color: var(--link); }
nav [aria-current] { color: var(--link); font-weight: 600; }
main { padding: 1.4rem 1.6rem 5rem; min-width: 0; }
h1 { font-size: clamp(1.7rem, 5vw, 2.3rem); line-height: 1.2; font-weight: 600; margin: .4rem 0 .8rem; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; font-weight: 600; margin: 2rem 0 .6rem; }
h3 { font-weight: 600; }
@media (max-width: 800px) {
  .columns { display: block; }
  nav { position: static; max-height: none; padding: .6rem 1.4rem; border-bottom: 1px solid var(--rule); }
  nav summary { display: list-item; cursor: pointer; }
  nav ul { columns: 2; }
  main { padding: 1rem 1.2rem 4rem; }
}
${pageStyle}`;
