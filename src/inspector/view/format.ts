const count = /* @__PURE__ */ new Intl.NumberFormat('en');
const short = /* @__PURE__ */ new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = /* @__PURE__ */ new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 1,
});

/** `12,345` */
export const number = (value: number): string => count.format(value);

/** `12.3K` */
export const compact = (value: number): string =>
  value < 1_000 ? count.format(Math.round(value)) : short.format(value);

/** `0.3`, `12` or `5.1K` */
export const rate = (perSecond: number): string =>
  perSecond < 0.05 ? '0' : perSecond < 10 ? perSecond.toFixed(1) : compact(perSecond);

/** `12 B`, `3.4 kB` or `1.2 MB` */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** `12 topics`, `1 topic` */
export const plural = (value: number, noun: string): string => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** ms since the start of a trace as a time of day, if the start is known: `12:03:04.5`, or `+64.5 s`. */
export function time(at: number, startedAt: number | undefined): string {
  // The range of dates; a trace from elsewhere can say anything.
  const isDate = startedAt !== undefined && Math.abs(startedAt + at) <= 8.64e15;
  return isDate ? clock.format(startedAt + at) : `+${(at / 1_000).toFixed(1)} s`;
}
