/** The colours of the page, for light and dark. Those of marks are also read by the canvases, so they are plain values. */
const light = `
  --paper: #f4f3ee; --card: #ffffff; --sunk: #f0efe8; --line: #e2e0d6; --line-strong: #8a8f86;
  --ink: #16211c; --soft: #55615a; --leaf: #14614c; --leaf-ink: #ffffff; --wash: #e4f0ea;
  --good: #17795a; --busy: #8f5a00; --busy-wash: #fbf0d9; --bad: #b3261e; --bad-wash: #fbe6e3; --off: #9aa09a;
  --message: #1f6fa8; --ack: #17795a; --subscription: #7a4fc4; --ping: #b0417f; --control: #55615a;`;
const dark = `
  --paper: #0d1311; --card: #141c19; --sunk: #0f1614; --line: #25312c; --line-strong: #64746c;
  --ink: #eaf1ed; --soft: #a3b2aa; --leaf: #5cd0a8; --leaf-ink: #06231a; --wash: #17302a;
  --good: #5cd0a8; --busy: #f2b84b; --busy-wash: #33270f; --bad: #ff8f85; --bad-wash: #381a18; --off: #5c6a63;
  --message: #74bdf0; --ack: #5cd0a8; --subscription: #bb9af5; --ping: #f09ac8; --control: #a3b2aa;`;

/** The styles of the inspector. They are those of its shadow root, so nothing of the page changes them, and they change nothing of it. */
export const styles = `
:host { display: block; color-scheme: light; ${light}
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  container-type: inline-size; background: var(--paper); color: var(--ink);
  font: 15px/1.45 Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; text-align: start; }
@media (prefers-color-scheme: dark) { :host(:not([theme='light'])) { color-scheme: dark; ${dark} } }
:host([theme='dark']) { color-scheme: dark; ${dark} }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, dl, dd, ol, pre { margin: 0; padding: 0; }
button, input { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--leaf); outline-offset: 2px; }
.soft { color: var(--soft); }
.small { font-size: 13px; }
.mono { font-family: var(--mono); font-size: 13px; }
.hide { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.page { display: grid; gap: 12px; max-width: 1440px; margin: 0 auto; padding: 16px; }
.card { min-width: 0; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
h2 { font-size: 14px; font-weight: 650; }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 12px 20px; padding: 12px 18px; --tone: var(--off); }
.bar[data-tone='good'] { --tone: var(--good); }
.bar[data-tone='busy'] { --tone: var(--busy); background: var(--busy-wash); border-color: var(--busy); }
.bar[data-tone='bad'] { --tone: var(--bad); background: var(--bad-wash); border-color: var(--bad); }
.lamp { flex: none; width: 12px; height: 12px; border-radius: 50%; background: var(--tone); box-shadow: 0 0 0 4px color-mix(in srgb, var(--tone) 20%, transparent); }
.bar[data-tone='off'] .lamp { background: none; border: 2px solid var(--tone); box-shadow: none; }
.what { flex: 1 1 200px; min-width: 0; }
.what strong { display: block; font-weight: 650; }
.what span { display: block; overflow-wrap: anywhere; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.button { min-height: 36px; padding: 4px 14px; border: 1px solid var(--line-strong); border-radius: 10px; background: var(--card); font-weight: 550; cursor: pointer; }
.button:hover { background: var(--wash); }
.button.primary { min-width: 92px; border-color: var(--leaf); background: var(--leaf); color: var(--leaf-ink); }
.button:disabled { opacity: .55; cursor: default; }

.note { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding: 8px 18px; font-size: 13px; overflow-wrap: anywhere; }
.note > span { flex: 1 1 200px; min-width: 0; }
.note[data-tone='bad'] { background: var(--bad-wash); border-color: var(--bad); }
.note[data-tone='busy'] { background: var(--busy-wash); border-color: var(--busy); }

.figures { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); overflow: hidden; }
.figure { display: grid; grid-template-columns: auto 1fr; align-items: baseline; gap: 0 8px; padding: 10px 0 0 16px; border-inline-start: 1px solid var(--line); }
.figure:first-child { border-inline-start: 0; }
.figure dt { grid-column: 1 / -1; color: var(--soft); font-size: 13px; }
.figure dd { font-size: 21px; font-weight: 650; letter-spacing: -.02em; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figure dd small { margin-inline-start: 2px; color: var(--soft); font-size: 13px; font-weight: 400; letter-spacing: 0; }
.figure canvas { grid-column: 1 / -1; width: 100%; height: 34px; margin-top: 2px; }

.minute header, .topics header, .details header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 12px 18px 8px; }
.minute header .soft { flex: 1; }
.marbles { display: block; width: 100%; height: 186px; cursor: crosshair; touch-action: manipulation; border-radius: 0 0 13px 13px; }
.marbles:focus-visible { outline-offset: -3px; }
.scrub { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 12px; padding: 6px 18px 12px; font-size: 13px; font-variant-numeric: tabular-nums; }
.scrub input { width: 100%; height: 28px; margin: 0; accent-color: var(--leaf); cursor: pointer; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--soft); font-size: 12px; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend svg { width: 10px; height: 10px; }

.columns { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); align-items: start; gap: 12px; }
.topics header h2 { flex: none; }
.search { flex: 1 1 180px; min-width: 0; min-height: 36px; padding: 4px 12px; border: 1px solid var(--line-strong); border-radius: 10px; background: var(--card); }
.search::placeholder { color: var(--soft); opacity: 1; }
.row, .heads { display: grid; grid-template-columns: minmax(110px, 1.1fr) minmax(60px, 1fr) 64px 68px; align-items: center; gap: 10px; padding: 0 18px 0 10px; }
.heads { padding-bottom: 4px; border-bottom: 1px solid var(--line); color: var(--soft); font-size: 12px; }
.heads :first-child { padding-inline-start: 22px; }
.heads :nth-child(n+3), .row > :nth-child(n+3) { text-align: end; }
.tree { position: relative; height: clamp(300px, 62vh, 700px); overflow: auto; overscroll-behavior: contain; outline-offset: -2px; border-radius: 0 0 13px 13px; }
.rows { position: relative; overflow: hidden; }
.row { position: absolute; inset-inline: 0; top: 0; height: 30px; font-size: 14px; white-space: nowrap; cursor: default; contain: strict; }
.row:hover { background: var(--sunk); }
.row[aria-selected='true'] { background: var(--wash); box-shadow: inset 3px 0 0 var(--leaf); }
.name { display: flex; align-items: center; min-width: 0; }
.twisty { flex: none; width: 22px; color: var(--soft); line-height: 30px; text-align: center; cursor: pointer; }
.row[aria-expanded] .twisty::before { content: '▸'; }
.row[aria-expanded='true'] .twisty::before { content: '▾'; }
.label, .value { overflow: hidden; text-overflow: ellipsis; unicode-bidi: isolate; }
.label { flex: 0 1 auto; font-weight: 550; }
.value { font-family: var(--mono); font-size: 13px; }
.row[data-kind='level'] .value { color: var(--soft); font-family: inherit; }
.badge { flex: none; margin-inline-start: 8px; padding: 0 5px; border: 1px solid currentColor; border-radius: 5px; color: var(--leaf); font-size: 11px; font-weight: 600; line-height: 15px; }
.badge::before { content: 'retained'; }
.number { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.empty { padding: 40px 18px; color: var(--soft); text-align: center; }

.details { container-type: inline-size; overflow: hidden; }
.details h2 { flex: 1 1 100%; overflow-wrap: anywhere; unicode-bidi: isolate; font-size: 15px; }
.details .body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; padding: 0 18px 18px; }
.facts { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: 3px 16px; font-size: 13px; }
.facts dt { min-width: 90px; color: var(--soft); overflow-wrap: anywhere; }
.facts dd { overflow-wrap: anywhere; unicode-bidi: isolate; font-variant-numeric: tabular-nums; }
.tabs { display: flex; gap: 2px; width: max-content; padding: 3px; border-radius: 10px; background: var(--sunk); box-shadow: inset 0 0 0 1px var(--line); }
.tab { min-height: 28px; padding: 0 14px; border: 0; border-radius: 7px; background: none; font-size: 13px; font-weight: 550; cursor: pointer; }
.tab[aria-selected='true'] { background: var(--leaf); color: var(--leaf-ink); }
pre { max-height: 420px; overflow: auto; padding: 10px 12px; border-radius: 10px; background: var(--sunk); font: 13px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
pre[data-view='hex'] { white-space: pre; overflow-wrap: normal; font-size: clamp(10px, 2cqi, 13px); }
.events { margin-bottom: 12px; max-height: 240px; overflow: auto; border-bottom: 1px solid var(--line); outline-offset: -2px; }
.event { display: grid; grid-template-columns: 84px 132px minmax(0, 1fr); gap: 8px; padding: 3px 18px; font-size: 13px; white-space: nowrap; cursor: default; }
.event > * { overflow: hidden; text-overflow: ellipsis; unicode-bidi: isolate; }
.event > :first-child { font-variant-numeric: tabular-nums; }
.event:hover { background: var(--sunk); }
.event[aria-selected='true'] { background: var(--wash); box-shadow: inset 3px 0 0 var(--leaf); }

@container (max-width: 820px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .tree { height: clamp(260px, 52vh, 520px); }
}
@container (max-width: 560px) {
  .page { gap: 8px; padding: 8px; }
  .bar { padding: 12px 14px; }
  .buttons { flex: 1 1 100%; }
  .buttons .button { flex: 1; padding-inline: 6px; }
  .figures { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .figure { grid-column: span 2; padding-inline-start: 12px; }
  .figure:nth-child(n+4) { grid-column: span 3; border-top: 1px solid var(--line); }
  .figure:nth-child(4) { border-inline-start: 0; }
  .figure dd { font-size: 18px; }
  .minute header, .topics header, .details header { padding: 10px 14px 8px; }
  .scrub { padding-inline: 14px; }
  .row, .heads { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1fr) 46px; gap: 8px; padding: 0 12px 0 4px; }
  .row > :nth-child(4), .heads :nth-child(4) { display: none; }
  .row { height: 36px; }
  .twisty { width: 26px; line-height: 36px; }
  .badge::before { content: 'R'; }
  .search { flex-basis: 100%; }
  .details .body { padding: 0 14px 14px; }
  pre[data-view='hex'] { font-size: 12px; }
  .event { grid-template-columns: 80px 98px minmax(0, 1fr); gap: 6px; padding: 5px 14px; }
}
@media (prefers-reduced-motion: no-preference) {
  .bar[data-tone='busy'] .lamp { animation: breathe 1.2s ease-in-out infinite alternate; }
  @keyframes breathe { to { box-shadow: 0 0 0 8px transparent; } }
}
@media (forced-colors: active) {
  .row[aria-selected='true'], .event[aria-selected='true'], .tab[aria-selected='true'] { outline: 2px solid Highlight; outline-offset: -2px; }
}`;
