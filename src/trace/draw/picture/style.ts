import { type Colours, type Theme, dark, light } from './themes.js';

/** The colours of a picture: those that the reader prefers, or always the same. */
export type ThemeName = 'auto' | 'light' | 'dark';

/** The rules of a picture, which apply to nothing else of a page that it is part of. */
export function styleOf(theme: ThemeName): string {
  const scope = `.${classOf(theme)}`;
  const scoped = (rules: readonly Rule[]) =>
    rules.map(([selectors, body]) => `${selectors.map(one => `${scope} ${one}`).join(',')}{${body}}`).join('\n');
  const colours = theme === 'dark' ? dark : light;
  const darkToo = theme === 'auto' ? `\n@media (prefers-color-scheme:dark){\n${scoped(themed(dark))}\n}` : '';
  return `${scoped(fonts)}\n${scoped(themed(colours))}${darkToo}`;
}

/** The class of a picture with this theme. */
export const classOf = (theme: ThemeName): string => `rxjs-mqtt-${theme}`;

type Rule = readonly [selectors: readonly string[], body: string];

const fonts: readonly Rule[] = [
  [['text'], 'font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'],
  [
    ['.code', '.chip', '.detail'],
    'font-family:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace',
  ],
  [['.chip', '.note'], 'font-size:11.5px'],
  [['.detail', '.time'], 'font-size:10.5px'],
  [['.lane', '.packet'], 'font-weight:600'],
  [['.packet'], 'font-size:11px'],
  [['.note'], 'font-style:italic'],
  [['.middle'], 'text-anchor:middle'],
  [['.thin', '.thick', '.cut', '.guide', '.dashed'], 'fill:none'],
  [['.thin', '.dashed', '.pill'], 'stroke-width:1.25'],
  [['.thick'], 'stroke-width:2'],
  [['.cut'], 'stroke-width:2.25'],
  [['.guide'], 'stroke-width:1;stroke-dasharray:2 4'],
  [['.dashed'], 'stroke-dasharray:4 3'],
  [['.area'], 'fill:transparent'],
  [['.once'], 'stroke-width:4;stroke-linecap:round'],
];

function themed(theme: Theme): Rule[] {
  return [
    [['.page'], `fill:${theme.page};stroke:${theme.frame}`],
    [['text'], `fill:${theme.ink}`],
    [['.time', '.note'], `fill:${theme.muted}`],
    [['.thin', '.thick', '.dashed', '.once'], `stroke:${theme.muted}`],
    [['.guide'], `stroke:${theme.faint}`],
    [['.paper'], `fill:${theme.page}`],
    [['.hatch'], `stroke:${theme.hatch};stroke-width:1`],
    [['.box'], `fill:${theme.wash};stroke:${theme.muted}`],
    [['.ring'], `fill:${theme.page};stroke:${theme.muted};stroke-width:1.5`],
    [['.dot'], `fill:${theme.muted}`],
    ...coloured('red', theme.red),
    ...coloured('value', theme.value),
    ...coloured('source', theme.source),
    ...Object.entries(theme.states).flatMap(([name, colours]) => coloured(name, colours)),
    ...Object.entries(theme.families).flatMap(([name, colours]) => coloured(name, colours)),
  ];
}

const coloured = (name: string, { line, fill, ink }: Colours): Rule[] => [
  [[`.${name} .pill`], `fill:${fill};stroke:${line}`],
  [[`.${name} text`], `fill:${ink}`],
  [[`.${name} .thin`, `.${name} .thick`, `.${name} .cut`], `stroke:${line}`],
  [[`.${name} .head`], `fill:${line}`],
];
