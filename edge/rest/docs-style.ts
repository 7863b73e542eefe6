/** Style of the API reference; follows the reader's colour scheme. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e3e6ea, #30363d); --soft: light-dark(#f6f8fa, #161b22); --link: light-dark(#0b57d0, #79b8ff); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 18rem minmax(0, 1fr); font: 15px/1.55 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem; border-right: 1px solid var(--line); background: var(--soft); }
nav h1 { font-size: 1rem; margin: 0 0 1rem; }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; margin: 1.25rem 0 .25rem; opacity: .7; }
nav a { display: block; padding: .15rem 0; color: inherit; text-decoration: none; font-size: .9rem; }
nav a:hover, a { color: var(--link); }
main { padding: 2rem clamp(1rem, 4vw, 4rem); max-width: 70rem; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .5rem; }
h2 { font-size: 1.3rem; } h3 { font-size: 1rem; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow: auto; max-height: 30rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
td { border-top: 1px solid var(--line); padding: .4rem .75rem .4rem 0; vertical-align: top; font-size: .9rem; }
td:first-child { white-space: nowrap; } td small { display: block; opacity: .6; }
tr.inner > td { border-top: 0; padding: 0 0 .4rem 1.5rem; white-space: normal; } td table { border-left: 2px solid var(--line); } td table td { padding-left: .75rem; }
td { overflow-wrap: anywhere; } td:nth-child(2) { min-width: 7rem; } td:nth-child(3) { width: 55%; }
main > * { max-width: 100%; overflow-x: auto; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
:target { scroll-margin-top: 1rem; } tr:target { background: light-dark(#fff8c5, #3b2e00); }
.route b { border-radius: 6px; padding: .1rem .5rem; margin-right: .5rem; font-size: .8rem; color: #fff; background: #57606a; }
.route .get { background: #0969da; } .route .post { background: #1a7f37; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; } }
`;
